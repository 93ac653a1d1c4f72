"""The distribution of the head's initial weights, or the file that they were read from, their scale set aside."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from torch import Tensor

from harness.model.build import Built
from harness.training.hybrids.factors import Factor, Words
from harness.training.hybrids.pairs import comparable, equal_scales, origin, put, same_up_to_scale, scale, weights


def head_law(first: Built, second: Built) -> Factor | None:
    """Another distribution, or another sample of the same one, at the scale of the weights that are there."""
    if not comparable(first, second):
        return None
    pairs = list(zip(weights(first), weights(second), strict=True))
    if all(same_up_to_scale(ours, theirs) for ours, theirs in pairs):
        return None
    return Factor(partial(_words, first, second), _take)


def _words(first: Built, second: Built) -> Words:
    if any(first.head_keys) or any(second.head_keys):
        return Words("origin of the head's weights", origin(first), origin(second))
    from harness.model.heads.distributions import (
        recognise,
    )  # brings scipy, which takes long to import, and which no run needs

    distributions = [recognise(weights(built)[0].double().numpy()) for built in (first, second)]
    same = distributions[0].name == distributions[1].name
    texts = [_told(found.name, found.scale) for found in distributions]
    return Words(
        "the head's initial weights (the same distribution)" if same else "distribution of the head's initial weights",
        *texts,
    )


def _told(name: str, scale: float | None) -> str:
    """`uniform, scale 0.0316`."""
    return name if scale is None else f"{name}, scale {scale:.4g}"


def _take(hybrid: Built, source: Built) -> Built:
    """The weights, and with them what is known of where they came from."""
    taken = put(hybrid, list(map(_at_scale, weights(hybrid), weights(source))))
    return replace(taken, head_keys=source.head_keys)


def _at_scale(ours: Tensor, theirs: Tensor) -> Tensor:
    """Their weights at our scale; unchanged where the scales differ by rounding alone."""
    scales = scale(ours), scale(theirs)
    return theirs if equal_scales(*scales) else theirs * (scales[0] / scales[1])
