"""The law of the head's draw, or the file that it was read from, its scale set aside."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from torch import Tensor

from harness.model.build import Built
from harness.training.hybrids.factor import Factor, Words
from harness.training.hybrids.pairs import comparable, equal_scales, origin, put, same_draw, scale, weights


def head_law(first: Built, second: Built) -> Factor | None:
    """Another law, or another draw of the same, at the scale that is there."""
    if not comparable(first, second):
        return None
    pairs = list(zip(weights(first), weights(second), strict=True))
    if all(same_draw(ours, theirs) for ours, theirs in pairs):
        return None
    return Factor(partial(_words, first, second), _take)


def _words(first: Built, second: Built) -> Words:
    if any(first.head_keys) or any(second.head_keys):
        return Words("origin of the head's weights", origin(first), origin(second))
    from harness.model.heads.distributions import (
        recognise,
    )  # brings scipy, which takes long to import, and which no run needs

    laws = [recognise(weights(built)[0].double().numpy()) for built in (first, second)]
    same = laws[0].name == laws[1].name
    texts = [_told(law.name, law.scale) for law in laws]
    return Words("the head's draw (the same law)" if same else "law of the head's draw", *texts)


def _told(name: str, scale: float | None) -> str:
    """`uniform, scale 0.0316`."""
    return name if scale is None else f"{name}, scale {scale:.4g}"


def _take(hybrid: Built, source: Built) -> Built:
    """The draw, and with it what is known of where it came from."""
    taken = put(hybrid, list(map(_at_scale, weights(hybrid), weights(source))))
    return replace(taken, head_keys=source.head_keys)


def _at_scale(ours: Tensor, theirs: Tensor) -> Tensor:
    """Their draw at our scale; where that is theirs but for rounding, theirs as it is."""
    scales = scale(ours), scale(theirs)
    return theirs if equal_scales(*scales) else theirs * (scales[0] / scales[1])
