"""Finds the differences between two models and ranks them by what each changes at step 0."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from harness.diagnose.explain.subject import ExplainedModel
from harness.model.computation.compare import NotComparableError
from harness.model.computation.compare import compare as compare_computation
from harness.training.hybrids.build import differing_factors, mix, twin
from harness.training.hybrids.pairs import backbone
from harness.training.recipe.losses import image_losses


@dataclass(frozen=True)
class Effect:
    """How far a hybrid model is from the first creation at step 0.

    `logits`: root mean square of the change of the answers, each image's mean taken out, since softmax does not see
    it (of several labels an image, which are judged one by one, it stays); None where the widths differ. `loss`: change
    of the mean loss, in nats. `update`: root mean square of the change in what one optimizer step does to the answers.
    """

    logits: float | None
    loss: float
    update: float | None

    @property
    def size(self) -> float:
        """What differences are ranked by: the larger of the change of the answers and that of the first step."""
        return max(self.logits or 0.0, self.update or 0.0, abs(self.loss))


@dataclass(frozen=True)
class FirstStep:
    """What a subject answers before and how it moves: logits and their first change, [N, classes]; loss in nats."""

    logits: Tensor
    moved: Tensor
    loss: float
    multilabel: bool

    @classmethod
    def of(cls, subject: ExplainedModel) -> FirstStep:
        """Ask a copy of the subject."""
        twin = subject.twin()
        logits = twin.logits()
        return cls(logits, twin.step(), float(image_losses(logits, twin.labels).mean()), twin.multilabel)

    def against(self, first: FirstStep) -> Effect:
        """The effect of whatever lies between the two."""
        if self.logits.shape != first.logits.shape:
            return Effect(None, self.loss - first.loss, None)
        logits, moved = (self._spread(each) for each in (self.logits - first.logits, self.moved - first.moved))
        return Effect(logits, self.loss - first.loss, moved)

    def _spread(self, change: Tensor) -> float:
        seen = change if self.multilabel else change - change.mean(dim=1, keepdim=True)
        return float(torch.sqrt((seen**2).mean()))


@dataclass(frozen=True)
class Difference:
    """What it is, how it stands in the first and in the second creation, and the first with this factor of the second.

    `hybrid` is None where one factor cannot be taken over alone (another structure); its effect is then what is left
    when all that can be taken over is, and shared with the others of that kind.
    """

    what: str
    first: str
    second: str
    hybrid: ExplainedModel | None = None


@dataclass(frozen=True)
class Ranked:
    """A difference with its effect at step 0; `shared`: the effect is that of all such differences together."""

    difference: Difference
    effect: Effect
    shared: bool = False


@dataclass(frozen=True)
class TensorPair:
    """A tensor of either model, None where one has none; `same` when all values are equal."""

    name: str
    first: Tensor | None
    second: Tensor | None

    @property
    def same(self) -> bool:
        """Whether both are there, and equal."""
        if self.first is None or self.second is None or self.first.shape != self.second.shape:
            return False
        return torch.equal(self.first, self.second)


def pairs(first: ExplainedModel, second: ExplainedModel) -> Iterator[TensorPair]:
    """Every tensor of both, the heads under one name each, in the first model's order."""
    ours, theirs = _all(first), _all(second)
    for name in dict.fromkeys([*ours, *theirs]):
        yield TensorPair(name, ours.get(name), theirs.get(name))


def _all(subject: ExplainedModel) -> dict[str, Tensor]:
    heads = {}
    for number, head in enumerate(subject.heads):
        name = "head" if len(subject.heads) == 1 else f"head {number}"
        heads[f"{name}.weight"] = head.weight.detach().flatten(1)
        if head.bias is not None:
            heads[f"{name}.bias"] = head.bias.detach()
    return {**backbone(subject.built), **heads}


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
    """Every factor in which the two differ, with the first that has taken it over where that can be.

    Last comes what the two compute differently with the same tensors; that never comes over alone.
    """
    found = differing_factors(first.built, second.built)
    for name, factor in found.items():
        hybrid = None if factor.take is None else _with(first, second, {name})
        yield Difference(*factor.words(), hybrid)
    yield from _computed(first, second, any(factor.take is None for factor in found.values()))


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
    return first.seeing(built)


def _second_with_first_head(first: ExplainedModel, second: ExplainedModel) -> ExplainedModel:
    """What the structures alone make: the second model with the first one's head, where that fits."""
    found = differing_factors(second.built, first.built)
    return _with(second, first, [name for name in found if name in HEAD])
