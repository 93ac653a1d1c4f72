"""Nothing, or hardly anything, of the weights is in the backbone."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit import _fixes as fixes
from harness.diagnose.audit._origin import HARDLY
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, listed


@declares(
    "error",
    measures="backbone tensors that hold the weights' values, looked for by name and by value",
    threshold="more than half do not",
)
def weights_not_loaded(case: Case) -> Iterator[Finding]:
    """Fraction of backbone tensors that hold the weights' values."""
    origin = case.origin
    lost = origin.not_loaded
    if not origin.expected or len(lost) < HARDLY * origin.expected:
        return
    yield Finding(
        id="weights-not-loaded",
        severity="error",
        seen=f"{len(lost)} of {origin.expected} backbone tensors do not hold the weights' values ({listed(lost)}); "
        f"{len(origin.missing)} of them are not in the weights under any name, {len(origin.changed)} have others "
        "there.",
        why="The backbone is initialised at random, or comes from other weights: this is not the transfer it is "
        "taken for.",
        fix=fixes.loading(case),
        location=lost[0],
    )
