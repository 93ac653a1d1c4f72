"""The planned optimizer, learning rate and steps cannot move the head far enough from its initialisation."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit._reach import reach, thresholds
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding


@declares(
    "warning",
    "error",
    measures="head movement ratio: see [below](#can-the-plan-undo-the-initialisation)",
    threshold="w 1, e 3 where the head alone learns or under SGD; w 20 for full tuning under Adam; from the records",
)
def head_out_of_reach(case: Case) -> Iterator[Finding]:
    """Deviation of the initial weights over the largest movement of a weight, times the logits' deviation."""
    found, plan = reach(case), case.plan
    notable, serious = thresholds(case)
    if found.movement_ratio < notable:
        return
    yield Finding(
        id="head-out-of-reach",
        severity="error" if found.movement_ratio >= serious else "warning",
        seen=f"The head's weights deviate by {found.deviation:.3g}, its logits by {found.logits:.3g}; {plan.steps} "
        "steps "
        f"of {plan.optimizer} at {plan.lr:g} ({plan.schedule}) move a weight by {found.movement:.3g} at most: "
        f"head movement ratio {found.movement_ratio:.3g} (notable from {notable:g}).",
        why="What the plan cannot undo of the random initialisation stays in the logits as noise.",
        fix=f"{case.zeroed()}  # or a larger learning rate, or more steps",
        location=case.heads[0],
    )
