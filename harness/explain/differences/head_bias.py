"""The head's bias."""

from __future__ import annotations

import torch
from torch import nn

from harness.explain.difference import Difference
from harness.explain.differences.parts.heads import comparable, copy_bias
from harness.explain.subject import Subject


def head_bias(first: Subject, second: Subject) -> Difference | None:
    """The first head with the second one's bias."""
    if not comparable(first, second):
        return None
    pairs = list(zip(first.heads, second.heads, strict=True))
    if all(torch.equal(_bias(a), _bias(b)) for a, b in pairs):
        return None
    hybrid = first.twin()
    for target, (_, source) in zip(hybrid.heads, pairs, strict=True):
        copy_bias(target, source)
    return Difference("the head's bias", _told(pairs[0][0]), _told(pairs[0][1]), hybrid)


def _bias(head: nn.Linear | nn.Conv2d) -> torch.Tensor:
    return torch.zeros(head.weight.shape[0]) if head.bias is None else head.bias.detach()


def _told(head: nn.Linear | nn.Conv2d) -> str:
    if head.bias is None:
        return "none"
    largest = float(head.bias.detach().abs().max())
    return f"up to {largest:.4g}" if largest else "zero"
