"""The arms beside those in question: other init schemes, rates and so on, one line each."""

from __future__ import annotations

from collections.abc import Iterator

from harness.analysis.findings import Findings
from harness.analysis.sentences.wording import count, listed
from harness.analysis.settings import DEFAULT
from harness.analysis.statistics import DIFFERENT
from harness.analysis.twins import twin

LIMIT = 12


def others(found: Findings) -> Iterator[str]:
    """For each further arm: in how many cells it is better or worse than the baseline, and the range.

    Hybrids are told with their bridge.
    """
    shown = found.cells[found.cells["comparison"] & (found.cells["verdict"] != "")]
    if "bridge" in shown:
        shown = shown[shown["bridge"] == DEFAULT]
    further = [arm for arm in shown["arm"].unique() if arm not in found.contrasts]
    labels = found.arm_labels
    same = {arm: twin(found, arm, [*found.contrasts, *further[:at]]) for at, arm in enumerate(further)}
    for contrast in found.contrasts:
        alike = [labels[arm] for arm, first in same.items() if first == contrast]
        if alike:
            verb = "gives" if len(alike) == 1 else "give"
            yield f"{'; '.join(alike)} {verb} the same runs as {labels[contrast]}, number by number."
    further = [arm for arm in further if same[arm] is None]
    for arm in further[:LIMIT]:
        alike = [labels[other] for other, first in same.items() if first == arm]
        names = f"{labels[arm]} (and the same runs number by number: {listed(alike)})" if alike else labels[arm]
        cells = shown[shown["arm"] == arm]
        robust = cells[cells["verdict"] == DIFFERENT]
        up, down = int((robust["diff_mean"] > 0).sum()), int((robust["diff_mean"] < 0).sum())
        yield (
            f"{names} against the baseline: better in {up} and worse in {down} of {count(len(cells), 'cell')} "
            f"after {found.study.guard}, {cells['diff_mean'].min():+.1f} to {cells['diff_mean'].max():+.1f} "
            "points."
        )
    if len(further) > LIMIT:
        yield f"{count(len(further) - LIMIT, 'further arm')} stand in the summary."
