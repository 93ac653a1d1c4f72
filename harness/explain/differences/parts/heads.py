"""The head tensors of two subjects side by side."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from harness.explain.subject import Subject

EQUAL = 1e-5
"""Relative deviation of scales that float32 arithmetic alone may leave."""


def weights(subject: Subject) -> list[Tensor]:
    """The heads' weights as matrices [classes, features]."""
    return [head.weight.detach().flatten(1) for head in subject.heads]


def comparable(first: Subject, second: Subject) -> bool:
    """Whether the heads have the same shapes, so that one's tensors fit the other."""
    return [tensor.shape for tensor in weights(first)] == [tensor.shape for tensor in weights(second)]


def scale(weight: Tensor) -> float:
    """Root mean square: the scale of a draw about zero."""
    return float(weight.pow(2).mean().sqrt())


def with_weights(subject: Subject, tensors: list[Tensor]) -> Subject:
    """A twin whose heads hold these weights."""
    twin = subject.twin()
    with torch.no_grad():
        for head, tensor in zip(twin.heads, tensors, strict=True):
            head.weight.copy_(tensor.view_as(head.weight))
    return twin


def copy_bias(target: nn.Linear | nn.Conv2d, source: nn.Linear | nn.Conv2d) -> None:
    """Give one head the other's bias; zero where the other has none."""
    with torch.no_grad():
        if target.bias is not None:
            target.bias.copy_(torch.zeros_like(target.bias) if source.bias is None else source.bias)
