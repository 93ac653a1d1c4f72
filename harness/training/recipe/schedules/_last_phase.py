"""How long the last phase of a schedule is."""

from __future__ import annotations

from harness.spec.spec import Recipe

SHARE = 0.2
"""timm's default."""


def last_phase(recipe: Recipe, steps: int, steps_per_epoch: int) -> int:
    """Steps of the last phase: `decay_epochs`, by default a fifth of those after the warm-up; at least one."""
    asked = SHARE * steps if recipe.decay_epochs is None else recipe.decay_epochs * steps_per_epoch
    return max(1, round(asked))
