"""The model is in train mode, and inference was meant."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError, listed

CLOSE = 1e-3  # of the logits' size: reduced precision and other kernels stay below


@declares(
    "error",
    measures="BatchNorm and dropout in train mode where inference was meant; outputs that are not eval mode's",
    threshold="1e-3 of the logits",
)
def train_mode(case: Case) -> Iterator[Finding]:
    """Modules that behave otherwise in train mode, and whether the outputs given are those of eval mode."""
    if case.purpose != "inference":
        raise NotCheckedError("needs purpose='inference': before training, train mode is right")
    active = [name for name, module in case.model.named_modules() if module.training and _differs(module)]
    if active:
        norms = sum(isinstance(case.model.get_submodule(name), _BatchNorm) for name in active)
        yield _finding(
            f"{len(active)} modules are in train mode ({norms} of them BatchNorm): {listed(active)}.", active[0]
        )
    elif case.outputs is not None and case.given_images is not None and case.outputs.ndim == 2:
        number = min(len(case.outputs), len(case.logits))
        right = case.logits[:number]
        given = case.outputs.detach()[:number].to(right)
        if given.shape == right.shape and not torch.allclose(
            given, right, rtol=0, atol=CLOSE * float(right.abs().max())
        ):
            off = float((given - right).abs().max())
            yield _finding(f"The outputs given are not those of eval mode: they are off by up to {off:.3g}.", "")


def _differs(module: nn.Module) -> bool:
    if isinstance(module, _BatchNorm):
        return True
    rate = getattr(module, "p", None) if isinstance(module, _DropoutNd) else getattr(module, "drop_prob", None)
    return isinstance(rate, float | int) and rate > 0


def _finding(seen: str, location: str) -> Finding:
    return Finding(
        id="train-mode",
        severity="error",
        seen=seen,
        why="BatchNorm normalises by the batch at hand and changes its statistics with every pass; dropout removes "
        "features.",
        fix="model.eval()",
        location=location,
    )
