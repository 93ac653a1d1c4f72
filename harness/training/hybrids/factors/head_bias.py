"""The head's bias."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from harness.model.build import Built
from harness.model.heads import HeadLayer
from harness.training.hybrids.factors import Factor, told
from harness.training.hybrids.pairs import comparable, layers


def head_bias(first: Built, second: Built) -> Factor | None:
    """Its values, and whether there is one."""
    if not comparable(first, second):
        return None
    pairs = list(zip(layers(first), layers(second), strict=True))
    if all(_equal(ours.bias, theirs.bias) for ours, theirs in pairs):
        return None
    return Factor(told("the head's bias", _told(pairs[0][0]), _told(pairs[0][1])), _take)


def _equal(ours: Tensor | None, theirs: Tensor | None) -> bool:
    return (ours is None) == (theirs is None) and (ours is None or theirs is None or torch.equal(ours, theirs))


def _told(head: HeadLayer) -> str:
    if head.bias is None:
        return "none"
    largest = float(head.bias.detach().abs().max())
    return f"up to {largest:.4g}" if largest else "zero"


def _take(hybrid: Built, source: Built) -> Built:
    for ours, theirs in zip(layers(hybrid), layers(source), strict=True):
        bias = theirs.bias
        ours.bias = None if bias is None else nn.Parameter(bias.detach().clone(), requires_grad=bias.requires_grad)
    return hybrid
