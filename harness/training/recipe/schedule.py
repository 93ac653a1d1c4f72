"""The learning rate over the steps of a run."""

from __future__ import annotations

from typing import Any

from harness.spec.spec import SCHEDULES, Recipe
from harness.spec.variants import load_variant
from harness.training.recipe.schedules import Schedule


class LearningRate:
    """Linear warm-up from 0, then the course that `recipe.schedule` names over the steps that are left."""

    def __init__(self, recipe: Recipe, steps_per_epoch: int) -> None:
        self._lr = recipe.lr
        self._warmup = round(recipe.warmup_epochs * steps_per_epoch)
        left = recipe.epochs * steps_per_epoch - self._warmup
        self._course: Schedule = load_variant(SCHEDULES, recipe.schedule)(recipe, left, steps_per_epoch)

    def __call__(self, step: int) -> float:
        """The rate of a step, counted from 0."""
        if step < self._warmup:
            return self._lr * (step + 1) / self._warmup
        return self._course.rate(step - self._warmup)

    def observe(self, measured: float) -> None:
        """What `recipe.monitor` names, at the end of an epoch; some schedules follow it."""
        self._course.observe(measured)

    def state_dict(self) -> dict[str, Any]:
        """What it remembers of what it observed."""
        return self._course.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what another one remembered."""
        self._course.load_state_dict(state)
