"""AdamW: exact for the head, and with one scale for all of the backbone."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.diagnose.predict.motion import Head, Motion, Slope
from harness.diagnose.predict.tangents import Tangents
from harness.spec.spec import Recipe

BETAS = (0.9, 0.999)
EPSILON = 1e-8


def adamw(recipe: Recipe, tangents: Tangents) -> Motion:
    """Loshchilov and Hutter 2019. Adam divides each parameter's gradient by the root of its second moment.

    For the backbone that moment is taken as a fixed profile over parameters, q, times one number that follows the
    steps: c² = mean over parameters of gradient² / q, which the whitened kernel gives. The features then move by the
    scaled kernel times slope over c, so that the parameters take steps of the size of the learning rate whatever the
    head's scale is, as Adam's do.
    """
    moments: list[tuple[Tensor, Tensor]] = []
    steps = 0

    def step(slope: Slope, rate: float, head: Head) -> Tensor:
        nonlocal steps
        steps += 1
        moved = tangents.scaled[:, slope.images] @ slope.features
        whitened = tangents.whitened[slope.images][:, slope.images]
        size = ((slope.features @ slope.features.T) * whitened).sum().clamp(min=0) / tangents.parameters
        slopes = [(slope.weight, slope.weight.square()), (slope.bias, slope.bias.square()), (moved, size)]
        if not moments:
            moments.extend((torch.zeros_like(one), torch.zeros_like(two)) for one, two in slopes)
        updates = []
        for (first, second), (one, two) in zip(moments, slopes, strict=True):
            first.lerp_(one, 1 - BETAS[0])
            second.lerp_(two, 1 - BETAS[1])
            root = (second / (1 - BETAS[1] ** steps)).sqrt() + EPSILON
            updates.append(first / (1 - BETAS[0] ** steps) / root)
        head.weight.mul_(1 - rate * recipe.weight_decay).sub_(updates[0], alpha=rate)
        head.bias.sub_(updates[1], alpha=rate)
        return updates[2].mul_(-rate)

    return step
