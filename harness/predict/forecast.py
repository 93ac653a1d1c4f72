"""The prediction for two creations: how many points of top-1 the second gains over the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from harness.predict.coefficients import coefficients
from harness.predict.ingredients import Ingredients, ingredients
from harness.predict.stage import Entrant, entrant
from harness.spec.errors import RequestError
from harness.spec.spec import Recipe, Spec

SHARED = ("data", "transforms", "transfer", "recipe", "seed", "replicate")


@dataclass(frozen=True)
class Forecast:
    """Test top-1 of the second creation minus the first, in points, averaged over four seeds, with its interval.

    `same` says that the two start from bitwise the same head and features, so that they are one run. `train_size` is
    the number of images the run will learn from, `steps` that of its steps.
    """

    lr: float
    gap: float
    low: float
    high: float
    same: bool
    classes: int
    train_size: int
    steps: int
    first: Ingredients
    second: Ingredients


def forecasts(first: Spec, second: Spec, rates: Sequence[float]) -> list[Forecast]:
    """One prediction for each learning rate, everything else as the specs have it.

    Raises:
        RequestError: the two differ in more than how the model is made.
        ImpossibleCell: a model has several heads, or a head that takes a map.
    """
    other = [name for name in SHARED if getattr(first, name) != getattr(second, name)]
    if other:
        raise RequestError(f"{name}: predict compares two creations, so it must be the same for both" for name in other)
    entrants = entrant(first), entrant(second)
    same = _same(*entrants)
    return [_forecast(entrants, first.recipe.model_copy(update={"lr": rate}), same) for rate in rates]


def _forecast(entrants: tuple[Entrant, Entrant], recipe: Recipe, same: bool) -> Forecast:
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
        same=same,
        classes=len(entrants[0].heads[0].weight),
        train_size=stage.train_size,
        steps=stage.steps_per_epoch * recipe.epochs,
        first=first,
        second=second,
    )


def _same(first: Entrant, second: Entrant) -> bool:
    pairs = [(first.stage.learnt, second.stage.learnt), (first.stage.judged, second.stage.judged)]
    for one, two in zip(first.heads, second.heads, strict=True):
        pairs += [(one.weight, two.weight), (one.bias, two.bias)]
    return all(one.shape == two.shape and torch.equal(one, two) for one, two in pairs)
