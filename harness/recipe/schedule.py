"""The learning rate over the steps of a run."""

from __future__ import annotations

import math

from harness.spec.spec import Recipe


def learning_rate(recipe: Recipe, step: int, steps_per_epoch: int) -> float:
    """The rate of a step (counted from 0): linear warm-up from 0, then constant, or half a cosine down to 0.

    Source of the cosine: Loshchilov and Hutter, "SGDR" (2017), one cycle without restarts.
    """
    warmup = round(recipe.warmup_epochs * steps_per_epoch)
    if step < warmup:
        return recipe.lr * (step + 1) / warmup
    if recipe.schedule == "constant":
        return recipe.lr
    total = recipe.epochs * steps_per_epoch
    progress = (step - warmup) / max(1, total - warmup)
    return recipe.lr * (1 + math.cos(math.pi * progress)) / 2
