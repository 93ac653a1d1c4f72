"""The peak rate throughout."""

from __future__ import annotations

from harness.spec.spec import Recipe
from harness.training.recipe.schedules import Course


def constant(recipe: Recipe, steps: int, steps_per_epoch: int) -> Course:
    """The peak rate throughout."""
    return Course(lambda step: recipe.lr)
