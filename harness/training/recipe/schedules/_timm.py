"""timm's schedulers set the rate of an optimiser; here one is asked for its rates instead."""

from __future__ import annotations

from collections.abc import Callable

import torch
from timm.scheduler.scheduler import Scheduler
from torch.optim import SGD, Optimizer

from harness.training.recipe.schedules import Course


def course(lr: float, make: Callable[[Optimizer], Scheduler]) -> Course:
    """The rates of the scheduler that `make` puts upon an optimiser with learning rate `lr`."""
    asked = SGD([torch.zeros(1)], lr=lr)
    scheduler = make(asked)

    def rate(step: int) -> float:
        scheduler.step_update(step)
        return float(asked.param_groups[0]["lr"])

    return Course(rate)
