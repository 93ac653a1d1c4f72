"""A single weight tensor is constant: all zero, or one value."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor, nn

from harness.diagnose.audit._wrappers import adapter_modules
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding

CARRIERS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)


@declares(
    "error",
    "note",
    measures="constant weights of Linear layers and convolutions; BatchNorm variances of 0 or less; zero "
    "norms in a trained network",
    threshold="exact; n for zero in a network that was never trained",
)
def dead_tensor(case: Case) -> Iterator[Finding]:
    """Weights of Linear layers and convolutions outside of the heads, and BatchNorm statistics that switch off.

    A zero-initialised head is healthy, and so are zero-initialised branches of a network that was never trained.
    """
    fresh, total = case.norms
    trained = total > 0 and fresh < total / 2
    added = tuple(f"{name}." for name in adapter_modules(case.model)) or ("\0",)
    frozen = sum(not each.requires_grad for each in case.model.parameters()) > len(list(case.model.parameters())) / 2
    for name, module in case.model.named_modules():
        weight = getattr(module, "weight", None)
        if isinstance(module, CARRIERS) and isinstance(weight, Tensor) and weight.ndim > 1 and weight.numel() > 1:
            if name in case.likely_heads or f"{name}.".startswith(added) or not _constant(weight):
                continue
            value = float(weight.detach().flatten()[0])
            branch = value == 0 and frozen and weight.requires_grad  # an adapter beside frozen layers starts so
            serious = (trained or value != 0) and not branch
            yield _finding(f"{name}.weight", f"all {weight.numel()} values are {value:g}", serious)
        variance = getattr(module, "running_var", None)
        if isinstance(variance, Tensor) and (float(variance.max()) <= 0 or float(variance.min()) < 0):
            yield _finding(
                f"{name}.running_var", f"values within {float(variance.min()):g}..{float(variance.max()):g}", True
            )
        if trained and isinstance(variance, Tensor) and isinstance(weight, Tensor) and not (weight != 0).any():
            yield _finding(f"{name}.weight", f"all {weight.numel()} values are 0 in a trained norm", True)


def _constant(weight: Tensor) -> bool:
    return bool((weight == weight.flatten()[0]).all())


def _finding(name: str, seen: str, serious: bool) -> Finding:
    return Finding(
        id="dead-tensor",
        severity="error" if serious else "note",
        seen=f"{name}: {seen}.",
        why="What comes out of it does not depend on what goes in" if serious else "A zero-initialised branch: it "
        "wakes up "
        "when training starts, if that is what it is meant to do.",
        fix="load the weights again, and look at what load_state_dict returns",
        location=name,
    )  # fmt: skip
