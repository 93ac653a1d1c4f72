"""Warm-up, stable, decay."""

from __future__ import annotations

from timm.scheduler import WSDLRScheduler

from harness.spec.spec import Recipe
from harness.training.recipe.schedules import Course
from harness.training.recipe.schedules._last_phase import last_phase
from harness.training.recipe.schedules._timm import course


def wsd(recipe: Recipe, steps: int, steps_per_epoch: int) -> Course:
    """Constant, then down to `min_lr` as 1 - √ of the last phase: Hägele et al. 2024, "Scaling laws beyond fixed
    training durations"."""
    decay = last_phase(recipe, steps, steps_per_epoch)
    return course(
        recipe.lr,
        lambda optimizer: WSDLRScheduler(
            optimizer, t_initial=max(1, steps), decay_t=decay, lr_min=recipe.min_lr, t_in_epochs=False
        ),
    )
