"""The law of the head's draw, its scale set aside."""

from __future__ import annotations

from torch import Tensor

from harness.heads.laws import Law, recognise
from harness.hybrids.trait import Trait
from harness.hybrids.traits.parts.heads import comparable, equal_scales, put, same_draw, scale, weights
from harness.models.build import Built


def head_law(first: Built, second: Built) -> Trait | None:
    """Another law, or another draw of the same, at the scale that is there."""
    if not comparable(first, second):
        return None
    pairs = list(zip(weights(first), weights(second), strict=True))
    if all(same_draw(ours, theirs) for ours, theirs in pairs):
        return None
    laws = [recognise(tensor.double().numpy()) for tensor in pairs[0]]
    same = laws[0].name == laws[1].name
    what = "the head's draw (the same law)" if same else "law of the head's draw"
    return Trait(what, told(laws[0]), told(laws[1]), _take)


def told(law: Law) -> str:
    """`uniform, scale 0.0316`."""
    return law.name if law.scale is None else f"{law.name}, scale {law.scale:.4g}"


def _take(hybrid: Built, source: Built) -> Built:
    return put(hybrid, list(map(_at_scale, weights(hybrid), weights(source))))


def _at_scale(ours: Tensor, theirs: Tensor) -> Tensor:
    """Their draw at our scale; where that is theirs but for rounding, theirs as it is."""
    scales = scale(ours), scale(theirs)
    return theirs if equal_scales(*scales) else theirs * (scales[0] / scales[1])
