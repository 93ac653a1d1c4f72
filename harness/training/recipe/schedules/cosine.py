"""Half a cosine."""

from __future__ import annotations

import math

from harness.spec.spec import Recipe
from harness.training.recipe.schedules import Course


def cosine(recipe: Recipe, steps: int, steps_per_epoch: int) -> Course:
    """Half a cosine from the peak to `min_lr`: Loshchilov and Hutter, "SGDR" (2017), one cycle without restarts."""
    height = recipe.lr - recipe.min_lr
    return Course(lambda step: recipe.min_lr + height * (1 + math.cos(math.pi * (step / max(1, steps)))) / 2)
