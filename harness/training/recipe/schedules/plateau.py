"""A decay whenever validation stands still."""

from __future__ import annotations

from typing import Any

import torch
from torch.optim import SGD
from torch.optim.lr_scheduler import ReduceLROnPlateau

from harness.spec.spec import Recipe
from harness.training.recipe.schedules import Course


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

    def state_dict() -> dict[str, Any]:
        return {"lr": asked.param_groups[0]["lr"], "scheduler": scheduler.state_dict()}

    def load_state_dict(state: dict[str, Any]) -> None:
        asked.param_groups[0]["lr"] = state["lr"]
        scheduler.load_state_dict(state["scheduler"])

    return Course(lambda step: float(asked.param_groups[0]["lr"]), scheduler.step, state_dict, load_state_dict)
