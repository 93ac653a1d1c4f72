"""Gradient norms of head and backbone at the step that has just been computed."""

from __future__ import annotations

from collections.abc import Iterable

import torch


def gradient_norm(parameters: Iterable[torch.Tensor]) -> float | None:
    """L2 norm over all gradients that are there; None where there is none."""
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    if not gradients:
        return None
    return float(torch.stack(torch._foreach_norm(gradients)).norm())
