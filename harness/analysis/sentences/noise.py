"""The noise floor that null pairs measure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.analysis.findings import Findings
from harness.analysis.nulls import Nulls
from harness.analysis.sentences.wording import count


def _floors(nulls: Nulls, labels: dict[Any, str]) -> str:
    """Spread of the null differences for each method, where there are several."""
    by_family = (
        nulls.table.groupby("family", sort=False)["diff_sd"].apply(lambda sd: float((sd**2).mean() ** 0.5))
    ).dropna()
    if len(by_family) < 2:
        return ""
    return " (" + "; ".join(f"{labels[family]} {sd:.1f}" for family, sd in by_family.items()) + ")"


def noise(found: Findings) -> Iterator[str]:
    """Share of null intervals that exclude zero, beside what chance gives, and the floor in points."""
    nulls = found.nulls
    if not nulls.judged:
        return
    labels = found.runs.sort_values("replicate").drop_duplicates("family").set_index("family")["arm_label"].to_dict()
    told = (
        "as chance gives (5 %)"
        if nulls.as_chance
        else "more than chance gives (5 %): the intervals of this study are too narrow for small differences"
    )
    yield (
        "Noise floor: the same method with another draw of head and dropout differs by a standard deviation of "
        f"{nulls.floor:.1f} points over seeds{_floors(nulls, labels)}; the interval of {nulls.excluding} of "
        f"{count(nulls.judged, 'null pair')} excludes zero, {told}."
    )
