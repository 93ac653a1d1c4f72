"""Rival cause: luck."""

from __future__ import annotations

from harness.analysis.alternatives.alternative import Alternative, Outcome
from harness.analysis.findings import Findings
from harness.analysis.gaps import gaps
from harness.analysis.statistics import MIN_PAIRS

CAUSE = "luck"
TEST = "intervals over seeds, {correction} over all comparisons, and null pairs for the noise floor"


def luck(found: Findings) -> Alternative:
    """Ruled out where differences survive the correction and the null pairs behave as chance would."""
    test = TEST.format(correction=found.study.guard)
    judged = found.cells[found.cells["comparison"] & (found.cells["verdict"] != "")]
    if judged.empty:
        return Alternative(CAUSE, test, "not tested here", f"no comparison has {MIN_PAIRS} pairs")
    robust = sum(len(gap.robust) for gap in gaps(found, found.contrasts))
    nulls = found.nulls
    evidence = f"{robust} differences of the creation methods in question survive {found.study.guard}, " + (
        f"{nulls.excluding} of {nulls.judged} null intervals exclude zero (chance gives 5 %, the 95 % interval "
        f"of the share is {100 * nulls.low:.0f} to {100 * nulls.high:.0f} %)"
        if nulls.judged
        else "no null pairs in this study"
    )
    evidence += f", {int(judged['pairs'].min())} to {int(judged['pairs'].max())} pairs a cell"
    sound = nulls.judged == 0 or nulls.as_chance
    outcome: Outcome = "ruled out" if robust and sound else "not ruled out"
    return Alternative(CAUSE, test, outcome, evidence)
