"""A parameter or buffer holds NaN or infinity."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError


@declares(
    "error",
    measures="NaN or infinity in parameters and saved buffers",
    threshold="exact",
)
def non_finite_tensor(case: Case) -> Iterator[Finding]:
    """Every parameter, and every buffer that is saved; attention masks may hold -inf and are not looked at."""
    state = case.model.state_dict()
    if not state:
        raise NotCheckedError("the model has no tensors")
    for name, tensor in state.items():
        if tensor.is_floating_point() and not tensor.isfinite().all() and "mask" not in name:
            bad = int((~tensor.isfinite()).sum())
            yield Finding(
                id="non-finite-tensor",
                severity="error",
                seen=f"{name}: {bad} of {tensor.numel()} values are NaN or infinite.",
                why="They spread to every output in one step.",
                fix="load the weights again; if they were saved so, go back to an earlier checkpoint",
                location=name,
            )
