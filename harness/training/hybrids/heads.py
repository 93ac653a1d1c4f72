"""The head tensors of two models side by side."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.model.build import Built
from harness.model.heads.find import HeadLayer, head_layer

EQUAL = 1e-5
"""Relative deviation of scales that float32 arithmetic alone may leave."""

SAME = 1e-4
"""Deviation of unit draws, of about 1, that float32 arithmetic may leave."""


def layers(built: Built) -> list[HeadLayer]:
    """The heads themselves."""
    return [head_layer(built.model, name) for name in built.heads]


def weights(built: Built) -> list[Tensor]:
    """The heads' weights as matrices [classes, features]."""
    return [head.weight.detach().flatten(1) for head in layers(built)]


def origin(built: Built) -> str:
    """`read from mine (fc.weight, fc.bias)`, or `drawn fresh`."""
    keys = [key for head in built.head_keys for key in head]
    return (
        f"read from {built.pretrained.label or built.pretrained.source} ({', '.join(keys)})" if keys else "drawn fresh"
    )


def comparable(first: Built, second: Built) -> bool:
    """Whether the heads have the same shapes, so that one's tensors fit the other."""
    return [tensor.shape for tensor in weights(first)] == [tensor.shape for tensor in weights(second)]


def scale(weight: Tensor) -> float:
    """Root mean square: the scale of a draw about zero."""
    return float(weight.pow(2).mean().sqrt())


def equal_scales(first: float, second: float) -> bool:
    """Whether two scales agree but for rounding."""
    return abs(first - second) <= EQUAL * max(first, second)


def same_draw(first: Tensor, second: Tensor) -> bool:
    """Whether two draws are one, their scales set aside; zeros are like any."""
    scales = scale(first), scale(second)
    return 0.0 in scales or torch.allclose(first / scales[0], second / scales[1], atol=SAME)


def put(built: Built, tensors: list[Tensor]) -> Built:
    """Write these weights into the heads."""
    with torch.no_grad():
        for head, tensor in zip(layers(built), tensors, strict=True):
            head.weight.copy_(tensor.view_as(head.weight))
    return built
