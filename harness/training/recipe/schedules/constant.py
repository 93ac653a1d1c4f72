"""The peak rate throughout."""

from __future__ import annotations

from harness.recipe.schedules import Course
from harness.spec.spec import Recipe


def constant(recipe: Recipe, steps: int, steps_per_epoch: int) -> Course:
    """The peak rate throughout."""
    return Course(lambda step: recipe.lr)
