"""Finds the differences between two subjects and ranks them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.explain.difference import Difference, Ranked
from harness.explain.differences.parts.heads import comparable, copy_bias, weights, with_weights
from harness.explain.effect import Effect, State
from harness.explain.subject import Subject
from harness.explain.tensors import TensorPair, pairs
from harness.spec.variants import load_variant, variants

KINDS = "harness.explain.differences"


@dataclass(frozen=True)
class Explanation:
    """Two creations, their first loss, the effect of all differences together, each of them ranked, all tensors."""

    first: Subject
    second: Subject
    losses: tuple[float, float]
    whole: Effect
    ranked: list[Ranked]
    tensors: list[TensorPair]


def compare(first: Subject, second: Subject) -> Explanation:
    """Rank by the effect at step 0, the largest first. The effects are single ones and need not add up."""
    begin, end = State.of(first), State.of(second)
    found = list(differences(first, second))
    ranked = [Ranked(each, State.of(each.hybrid).against(begin)) for each in found if each.hybrid is not None]
    left = [each for each in found if each.hybrid is None]
    if left:
        rest = State.of(_second_with_first_head(first, second)).against(begin)
        ranked += [Ranked(each, rest, shared=len(left) > 1) for each in left]
    ranked.sort(key=lambda each: -each.effect.size)
    losses = (begin.loss, end.loss)
    return Explanation(first, second, losses, end.against(begin), ranked, list(pairs(first, second)))


def differences(first: Subject, second: Subject) -> Iterator[Difference]:
    """Every kind of difference that there is between the two."""
    for kind in variants(KINDS):
        found = load_variant(KINDS, kind)(first, second)
        if found is not None:
            yield found


def _second_with_first_head(first: Subject, second: Subject) -> Subject:
    """What the structures alone make: the second model with the first one's head, where that fits."""
    if not comparable(first, second):
        return second
    hybrid = with_weights(second, weights(first))
    for target, source in zip(hybrid.heads, first.heads, strict=True):
        copy_bias(target, source)
    return hybrid
