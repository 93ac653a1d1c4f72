"""Gradient norms of head and backbone at the step that has just been computed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

from harness.data.measure import LabelScores, Scores
from harness.training.monitors import Monitor, Watched


def gradient_norm(parameters: Iterable[torch.Tensor]) -> float | None:
    """L2 norm over the gradients of tensors of any shape that have one; None where none has."""
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    if not gradients:
        return None
    return float(torch.stack(torch._foreach_norm(gradients)).norm())


class _Gradients(Monitor):
    def __init__(self, watched: Watched) -> None:
        learnable, heads = watched.learnable, watched.heads
        self._head = [tensor for name, tensor in learnable.items() if name.startswith(heads)]
        self._backbone = [tensor for name, tensor in learnable.items() if not name.startswith(heads)]

    def point(self, scores: Scores | LabelScores) -> dict[str, Any]:
        return {"grad_norm_head": gradient_norm(self._head), "grad_norm_backbone": gradient_norm(self._backbone)}


def gradients(watched: Watched) -> Monitor:
    """Norms over the whole head and the whole backbone, in every point of the curve.

    | key | meaning |
    | --- | --- |
    | `grad_norm_head`, `grad_norm_backbone` | L2 norm; null where nothing has a gradient |
    """
    return _Gradients(watched)
