"""Some tensors of the backbone do not come from the weights."""

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
    threshold="some do not",
)
def weights_partly_loaded(case: Case) -> Iterator[Finding]:
    """Backbone tensors that differ from the weights, or are not in them, where most are loaded."""
    origin = case.origin
    lost = origin.not_loaded
    if not lost or len(lost) >= HARDLY * origin.expected:
        return
    factors = [f"{name} is the weights' times {factor:.3g}" for name, factor in origin.changed.items() if factor]
    seen = f"{len(lost)} of {origin.expected} backbone tensors do not hold the weights' values: {listed(lost)}."
    yield Finding(
        id="weights-partly-loaded",
        severity="error",
        seen=seen + (f" {factors[0]}." if factors else ""),
        why="The rest of the network was trained with other values in their place; a strict=False load does not say "
        "so.",
        fix=fixes.loading(case),
        location=lost[0],
    )
