"""BatchNorm layers are frozen, and in train mode all the same."""

from __future__ import annotations

from collections.abc import Iterator

from torch.nn.modules.batchnorm import _BatchNorm

from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError, listed


@declares(
    "warning",
    measures="BatchNorm layers in train mode whose weight and bias take no gradient, beside other layers that do",
    threshold="w: some mean it",
)
def moving_statistics(case: Case) -> Iterator[Finding]:
    """Frozen norms whose running statistics will move."""
    if case.purpose != "training":
        raise NotCheckedError("for inference all may be frozen")
    spare = tuple(f"{name}." for name in case.spare) or ("\0",)
    norms = [
        name
        for name, module in case.model.named_modules()
        if isinstance(module, _BatchNorm)
        and module.training
        and module.running_mean is not None
        and module.affine
        and not any(each.requires_grad for each in module.parameters())
        and not f"{name}.".startswith(spare)
    ]
    if not norms or not any(each.requires_grad for each in case.model.parameters()):
        return
    yield Finding(
        id="moving-statistics",
        severity="warning",
        seen=f"{len(norms)} BatchNorm layers are frozen and in train mode: {listed(norms)}.",
        why="They normalise by the batch at hand, and their running statistics move with every step: the features are "
        "neither those of the weights nor those of the evaluation.",
        fix=f"[each.eval() for each in {case.start}.modules() if 'BatchNorm' in type(each).__name__ and not "
        "each.weight.requires_grad]  # after every model.train(), which undoes it",
        location=norms[0],
    )
