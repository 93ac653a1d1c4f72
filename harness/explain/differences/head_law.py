"""The law of the head's draw, its scale set aside."""

from __future__ import annotations

import torch

from harness.atlas.laws import Law, recognise
from harness.explain.difference import Difference
from harness.explain.differences.parts.heads import comparable, scale, weights, with_weights
from harness.explain.subject import Subject

SAME = 1e-4
"""Deviation of unit draws, of about 1, that float32 arithmetic may leave."""


def head_law(first: Subject, second: Subject) -> Difference | None:
    """The second draw, stretched to the first one's root mean square: another law, or another draw of the same."""
    if not comparable(first, second):
        return None
    ours, theirs = weights(first), weights(second)
    if 0.0 in [scale(weight) for weight in (*ours, *theirs)]:
        return None
    if all(torch.allclose(a / scale(a), b / scale(b), atol=SAME) for a, b in zip(ours, theirs, strict=True)):
        return None
    stretched = [b * (scale(a) / scale(b)) for a, b in zip(ours, theirs, strict=True)]
    laws = [recognise(tensors[0].double().numpy()) for tensors in (ours, theirs)]
    same = laws[0].name == laws[1].name
    what = "the head's draw (the same law)" if same else "law of the head's draw"
    return Difference(what, told(laws[0]), told(laws[1]), with_weights(first, stretched))


def told(law: Law) -> str:
    """`uniform, scale 0.0316`."""
    return law.name if law.scale is None else f"{law.name}, scale {law.scale:.4g}"
