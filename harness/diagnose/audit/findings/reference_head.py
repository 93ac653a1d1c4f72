"""The head is initialised on another scale than the reference's."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit._heads import spread
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError

RATIO = 2.0  # of standard deviations


@declares(
    "warning",
    measures="ratio of the two heads' deviations",
    threshold="2",
)
def reference_head(case: Case) -> Iterator[Finding]:
    """Standard deviations of the two heads' weights and biases."""
    other = case.other
    if not case.fresh or not other.fresh:
        raise NotCheckedError("both heads must be freshly initialised")
    own, theirs = spread(case.head_weight), spread(other.head_weight)
    if own == theirs or max(own, theirs) <= RATIO * min(own, theirs):
        return
    ratio = own / theirs if theirs else float("inf")
    yield Finding(
        id="reference-head",
        severity="warning",
        seen=f"The head's weights deviate by {own:.3g}, the reference's by {theirs:.3g}: a ratio of {ratio:.3g}. Loss "
        f"before training {case.initial_loss:.3f} against {other.initial_loss:.3f}.",
        why="The two ways of creating the model initialise the head from different distributions; the wider one "
        "starts with the higher loss.",
        fix=f"{case.zeroed()}  # in both",
        location=case.heads[0],
    )
