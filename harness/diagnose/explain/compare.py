"""Finds the differences between two subjects and ranks them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from harness.diagnose.explain.difference import Difference, Ranked
from harness.diagnose.explain.effect import Effect, FirstStep
from harness.diagnose.explain.subject import ExplainedModel
from harness.diagnose.explain.tensors import TensorPair, pairs
from harness.model.computation.compare import NotComparableError
from harness.model.computation.compare import compare as compare_computation
from harness.training.hybrids.build import differing_factors, mix, twin

HEAD = ("head_bias", "head_law", "head_scale")
"""The factors of a head's own tensors."""


@dataclass(frozen=True)
class Explanation:
    """Two creations, their first loss, the effect of all differences together, each of them ranked, all tensors."""

    first: ExplainedModel
    second: ExplainedModel
    losses: tuple[float, float]
    whole: Effect
    ranked: list[Ranked]
    tensors: list[TensorPair]


def compare(first: ExplainedModel, second: ExplainedModel) -> Explanation:
    """Rank by the effect at step 0, the largest first. The effects are single ones and need not add up."""
    begin, end = FirstStep.of(first), FirstStep.of(second)
    found = list(differences(first, second))
    ranked = [Ranked(each, FirstStep.of(each.hybrid).against(begin)) for each in found if each.hybrid is not None]
    left = [each for each in found if each.hybrid is None]
    if left:
        rest = FirstStep.of(_second_with_first_head(first, second)).against(begin)
        ranked += [Ranked(each, rest, shared=len(left) > 1) for each in left]
    ranked.sort(key=lambda each: -each.effect.size)
    losses = (begin.loss, end.loss)
    return Explanation(first, second, losses, end.against(begin), ranked, list(pairs(first, second)))


def differences(first: ExplainedModel, second: ExplainedModel) -> Iterator[Difference]:
    """Every trait in which the two differ, with the first that has taken it over where that can be.

    Last comes what the two compute differently with the same tensors; that never comes over alone.
    """
    found = differing_factors(first.built, second.built)
    for name, trait in found.items():
        hybrid = None if trait.take is None else _with(first, second, {name})
        yield Difference(*trait.words(), hybrid)
    yield from _computed(first, second, any(trait.take is None for trait in found.values()))


def _computed(first: ExplainedModel, second: ExplainedModel, structural: bool) -> Iterator[Difference]:
    """Other activations, norm settings, padding, attributes; a structure that was told already is not told again."""
    heads = first.built.heads, second.built.heads
    try:
        found = compare_computation(first.model, second.model, first.images(), heads)
    except NotComparableError as reason:
        yield Difference("computation with the same tensors", "not compared", str(reason))
        return
    for each in found:
        if not structural or (each.stated and "layers" not in each.stated):
            more = f" (and in {each.others} more modules)" if each.others else ""
            yield Difference(f"computation at {each.where}, in {each.when}", each.words()[0], each.words()[1] + more)


def _with(first: ExplainedModel, second: ExplainedModel, takes: Collection[str]) -> ExplainedModel:
    """The first, as modules and images go, with these factors of the second."""
    built = mix(twin(first.built), first.built, second.built, takes)
    images = second if "image_preprocessing" in takes else first
    return replace(first, built=built, pixels=images.pixels)


def _second_with_first_head(first: ExplainedModel, second: ExplainedModel) -> ExplainedModel:
    """What the structures alone make: the second model with the first one's head, where that fits."""
    found = differing_factors(second.built, first.built)
    return _with(second, first, [name for name in found if name in HEAD])
