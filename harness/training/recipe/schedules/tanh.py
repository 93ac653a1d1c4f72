"""Hyperbolic tangent decay."""

from __future__ import annotations

from timm.scheduler import TanhLRScheduler

from harness.spec.spec import Recipe
from harness.training.recipe.schedules import Course
from harness.training.recipe.schedules._timm import course


def tanh(recipe: Recipe, steps: int, steps_per_epoch: int) -> Course:
    """Hsueh et al., "Stochastic gradient descent with hyperbolic-tangent decay on classification" (2019)."""
    return course(
        recipe.lr,
        lambda optimizer: TanhLRScheduler(optimizer, t_initial=max(1, steps), lr_min=recipe.min_lr, t_in_epochs=False),
    )
