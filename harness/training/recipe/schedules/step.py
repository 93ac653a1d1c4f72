"""A decay every so many epochs."""

from __future__ import annotations

from timm.scheduler import StepLRScheduler

from harness.spec.spec import Recipe
from harness.training.recipe.schedules import Course
from harness.training.recipe.schedules._timm import course


def step(recipe: Recipe, steps: int, steps_per_epoch: int) -> Course:
    """The rate times `decay_rate` after every `decay_epochs`, by default a third of the epochs after the warm-up."""
    every = steps / 3 if recipe.decay_epochs is None else recipe.decay_epochs * steps_per_epoch
    rate = 0.1 if recipe.decay_rate is None else recipe.decay_rate
    return course(
        recipe.lr,
        lambda optimizer: StepLRScheduler(optimizer, decay_t=every, decay_rate=rate, t_in_epochs=False),
    )
