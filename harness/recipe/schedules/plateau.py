"""A decay whenever validation stands still."""

from __future__ import annotations

import torch
from torch.optim import SGD
from torch.optim.lr_scheduler import ReduceLROnPlateau

from harness.recipe.schedules import Course
from harness.spec.spec import Recipe


def plateau(recipe: Recipe, steps: int, steps_per_epoch: int) -> Course:
    """The rate times `decay_rate` after more than `patience_epochs` epochs without a better `monitor`.

    PyTorch's scheduler, which timm's deprecated one wraps; defaults as timm's.
    """
    asked = SGD([torch.zeros(1)], lr=recipe.lr)
    scheduler = ReduceLROnPlateau(
        asked,
        mode="min" if recipe.monitor == "val_loss" else "max",
        factor=0.1 if recipe.decay_rate is None else recipe.decay_rate,
        patience=10 if recipe.patience_epochs is None else recipe.patience_epochs,
        min_lr=recipe.min_lr,
    )
    return Course(lambda step: float(asked.param_groups[0]["lr"]), scheduler.step)
