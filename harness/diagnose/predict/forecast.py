"""The prediction for two creations: how many points of top-1 the second gains over the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from harness.diagnose.predict.coefficients import coefficients
from harness.diagnose.predict.ingredients import Ingredients, ingredients
from harness.diagnose.predict.stage import Entrant, entrant
from harness.spec.errors import RequestError
from harness.spec.spec import Recipe, Spec
from harness.spec.variants import load_variant

Pairs = list[tuple[Tensor, Tensor]]

SHARED = ("data", "transforms", "transfer", "recipe", "metrics", "evaluation", "shift", "seed", "replicate")


@dataclass(frozen=True)
class Forecast:
    """Test top-1 of the second creation minus the first, in points, averaged over four seeds, with its interval.

    `rehearsed` is the gap of the rehearsal alone, neither fitted nor judged. `same` says that the two start from
    bitwise the same head and features under the same drop rates, so that they are one run; `one_backbone` that they
    start from the same features. `train_size` counts the images that the run will learn from, `steps` its steps.
    """

    lr: float
    gap: float
    low: float
    high: float
    rehearsed: float
    same: bool
    one_backbone: bool
    classes: int
    train_size: int
    steps: int
    first: Ingredients
    second: Ingredients


def forecasts(first: Spec, second: Spec, rates: Sequence[float]) -> list[Forecast]:
    """One prediction for each learning rate, everything else as the specs have it.

    Raises:
        RequestError: the two differ in more than how the model is made.
        ImpossibleConfiguration: a model has several heads, or a head that takes a map.
    """
    check_shared(first, second)
    entrants = entrant(first), entrant(second)
    one_backbone = _equal(_features(*entrants))
    alike = first.regularization == second.regularization and fault_of(first) == fault_of(second)
    same = one_backbone and alike and _equal(_heads(*entrants))
    recipes = (first.recipe.model_copy(update={"lr": rate}) for rate in rates)
    return [_forecast(entrants, recipe, same, one_backbone) for recipe in recipes]


def check_shared(first: Spec, second: Spec) -> None:
    """Refuse two specs that are no pair.

    Raises:
        RequestError: the two differ in more than how the model is made.
    """
    other = [name for name in SHARED if getattr(first, name) != getattr(second, name)]
    if other:
        raise RequestError(f"{name}: predict compares two creations, so it must be the same for both" for name in other)


def fault_of(spec: Spec) -> str | None:
    """The fault of a creation method that is known to be faulty, in a few words; None for the others."""
    fault: str | None = getattr(load_variant("harness.model.creation", spec.creation.name), "fault", None)
    return fault


def _forecast(entrants: tuple[Entrant, Entrant], recipe: Recipe, same: bool, one_backbone: bool) -> Forecast:
    known = coefficients()
    first = ingredients(entrants[0], recipe, known.speed)
    second = first if same else ingredients(entrants[1], recipe, known.speed)
    rehearsed = second.top1 - first.top1
    gap = known.gap(rehearsed, first.distortion - second.distortion)
    half = 0.0 if same else known.half_width(rehearsed, second.head_top1 - first.head_top1)
    stage = entrants[0].stage
    return Forecast(
        lr=recipe.lr,
        gap=gap,
        low=max(-100.0, gap - half),
        high=min(100.0, gap + half),
        rehearsed=rehearsed,
        same=same,
        one_backbone=one_backbone,
        classes=len(entrants[0].heads[0].weight),
        train_size=stage.train_size,
        steps=stage.steps_per_epoch * recipe.epochs,
        first=first,
        second=second,
    )


def _features(first: Entrant, second: Entrant) -> Pairs:
    return [(first.stage.learnt, second.stage.learnt), (first.stage.judged, second.stage.judged)]


def _heads(first: Entrant, second: Entrant) -> Pairs:
    heads = list(zip(first.heads, second.heads, strict=True))
    return [(one.weight, two.weight) for one, two in heads] + [(one.bias, two.bias) for one, two in heads]


def _equal(pairs: Pairs) -> bool:
    return all(one.shape == two.shape and torch.equal(one, two) for one, two in pairs)
