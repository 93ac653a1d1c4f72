"""SGD with Nesterov momentum."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.diagnose.predict.motion import Head, Motion, Slope
from harness.diagnose.predict.tangents import Tangents
from harness.spec.spec import Recipe
from harness.training.recipe.optimizer import MOMENTUM


def sgd(recipe: Recipe, tangents: Tangents) -> Motion:
    """Sutskever et al. 2013 as torch has it: b ← μ b + g, step g + μ b. The features' g is kernel times slope."""
    momentum = MOMENTUM if recipe.momentum is None else recipe.momentum
    buffers: list[Tensor] = []

    def step(slope: Slope, rate: float, head: Head) -> Tensor:
        moved = tangents.plain[:, slope.images] @ slope.features
        slopes = [slope.weight + recipe.weight_decay * head.weight, slope.bias, moved]
        if not buffers:
            buffers.extend(torch.zeros_like(one) for one in slopes)
        for buffer, one in zip(buffers, slopes, strict=True):
            buffer.mul_(momentum).add_(one)
            one.add_(buffer, alpha=momentum)
        head.weight.sub_(slopes[0], alpha=rate)
        head.bias.sub_(slopes[1], alpha=rate)
        return slopes[2].mul_(-rate)

    return step
