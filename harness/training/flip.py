"""Answers exchanged on purpose, and what that costs on average."""

from __future__ import annotations

import torch
from torch import Tensor


def flip(logits: Tensor, share: float, seed: int) -> Tensor:
    """Logits [N, C] in which `share` of the rows, rounded to whole images, answer with another class.

    Which images, and which of the other classes, is drawn evenly; the two logits change places.
    """
    total, classes = logits.shape
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.randperm(total, generator=generator)[: _images(share, total)].to(logits.device)
    steps = torch.randint(1, classes, (len(chosen),), generator=generator).to(logits.device)
    answer = logits[chosen].argmax(dim=1)
    other = (answer + steps) % classes
    flipped = logits.clone()
    flipped[chosen, answer], flipped[chosen, other] = logits[chosen, other], logits[chosen, answer]
    return flipped


def expected_cost(logits: Tensor, labels: Tensor, share: float) -> float:
    """Points of top-1 that `flip` costs these answers on average over its draw: q (a - (1 - a) / (C - 1)).

    A right answer, share a, is always lost; a wrong one becomes right where the class drawn, one of C - 1, is the
    label.
    """
    total, classes = logits.shape
    accuracy = float((logits.argmax(dim=1) == labels).double().mean())
    return 100 * _images(share, total) / total * (accuracy - (1 - accuracy) / (classes - 1))


def _images(share: float, total: int) -> int:
    return round(share * total)
