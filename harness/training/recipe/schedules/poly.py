"""A power of the time that is left."""

from __future__ import annotations

from timm.scheduler import PolyLRScheduler

from harness.spec.spec import Recipe
from harness.training.recipe.schedules import Course
from harness.training.recipe.schedules._timm import course


def poly(recipe: Recipe, steps: int, steps_per_epoch: int) -> Course:
    """The rate falls to `min_lr` as a power of the share of steps left; timm's default of 0.5 is the root."""
    power = 0.5 if recipe.power is None else recipe.power
    return course(
        recipe.lr,
        lambda optimizer: PolyLRScheduler(
            optimizer, t_initial=max(1, steps), power=power, lr_min=recipe.min_lr, t_in_epochs=False
        ),
    )
