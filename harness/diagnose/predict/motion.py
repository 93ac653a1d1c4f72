"""How one step of an optimizer moves the head and the features: each public function is one `recipe.optimizer`.

A variant is a function `(recipe, tangents) -> Motion`. A `Motion` is called with the `Slope` of a batch, the step's
learning rate and the head, which it moves in place; it returns what is to be added to the features of all images.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from harness.diagnose.predict.features import Tangents
from harness.spec.spec import Recipe
from harness.training.recipe.optimizer import MOMENTUM


@dataclass(frozen=True)
class Head:
    """Weight [classes, features] and bias [classes] of a Linear."""

    weight: Tensor
    bias: Tensor


@dataclass(frozen=True)
class Slope:
    """Gradients of a batch's mean loss: of the head's weight and bias, and of the features [batch, features].

    `images` [batch] are the images' places among those of the kernels.
    """

    weight: Tensor
    bias: Tensor
    features: Tensor
    images: Tensor


Motion = Callable[[Slope, float, Head], Tensor]


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
