"""Two learning curves: the first step at which they part."""

from __future__ import annotations

from typing import Any

from harness.analysis.compare.comparison import Section
from harness.analysis.curves import COLUMNS

TITLE = "Learning curve"


def curve(a: dict[str, Any], b: dict[str, Any]) -> Section:
    """Compare the points that both curves have, to the seven digits that records keep."""
    left, right = ({point["step"]: point for point in record.get("curve") or []} for record in (a, b))
    common = sorted(left.keys() & right.keys())
    if not common:
        return Section(TITLE, ("The two have no step in common.",))
    scope = f"{len(common)} common points"
    if left.keys() != right.keys():
        scope += f" (a has {len(left)} up to step {max(left)}, b {len(right)} up to step {max(right)})"
    for step in common:
        rows = tuple(
            (name, left[step].get(name), right[step].get(name))
            for name in COLUMNS
            if name not in ("step", "epoch") and left[step].get(name) != right[step].get(name)
        )
        if rows:
            when = "before the first step" if step == 0 else f"at step {step}"
            return Section(TITLE, (f"They part {when}, of {scope}.",), (f"at step {step}", "a", "b"), rows)
    return Section(TITLE, (f"They are equal in all {scope}.",))
