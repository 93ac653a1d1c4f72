"""A decay at each milestone."""

from __future__ import annotations

from bisect import bisect_right

from harness.spec.spec import Recipe
from harness.training.recipe.schedules import Course


def multistep(recipe: Recipe, steps: int, steps_per_epoch: int) -> Course:
    """The rate times `decay_rate` from each of `decay_milestones` on, counted in epochs from the start of training.

    PyTorch's timing: timm's scheduler decays one step before the milestone.
    """
    warmup = recipe.epochs * steps_per_epoch - steps
    milestones = [round(epoch * steps_per_epoch) - warmup for epoch in recipe.decay_milestones or ()]
    factor = 0.1 if recipe.decay_rate is None else recipe.decay_rate
    return Course(lambda step: recipe.lr * factor ** bisect_right(milestones, step))
