"""A straight line."""

from __future__ import annotations

from timm.scheduler import PolyLRScheduler

from harness.spec.spec import Recipe
from harness.training.recipe.schedules import Course
from harness.training.recipe.schedules._timm import course


def linear(recipe: Recipe, steps: int, steps_per_epoch: int) -> Course:
    """A straight line from the peak to `min_lr`."""
    return course(
        recipe.lr,
        lambda optimizer: PolyLRScheduler(
            optimizer, t_initial=max(1, steps), power=1.0, lr_min=recipe.min_lr, t_in_epochs=False
        ),
    )
