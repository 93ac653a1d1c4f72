"""The reciprocal square root of time, with a linear cooldown."""

from __future__ import annotations

from timm.scheduler import WSDLRScheduler

from harness.spec.spec import Recipe
from harness.training.recipe.schedules import Course
from harness.training.recipe.schedules._last_phase import last_phase
from harness.training.recipe.schedules._timm import course


def rsqrt(recipe: Recipe, steps: int, steps_per_epoch: int) -> Course:
    """The peak over √(1 + t/T), then linearly to `min_lr`: Zhai et al. 2022, "Scaling vision transformers".

    The timescale T is the warm-up, or without one an epoch.
    """
    decay = last_phase(recipe, steps, steps_per_epoch)
    return course(
        recipe.lr,
        lambda optimizer: WSDLRScheduler(
            optimizer,
            t_initial=max(1, steps),
            decay_t=decay,
            lr_min=recipe.min_lr,
            stable_fn="rsqrt",
            stable_timescale=(recipe.warmup_epochs or 1) * steps_per_epoch,
            decay_fn="linear",
            t_in_epochs=False,
        ),
    )
