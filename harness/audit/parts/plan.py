"""The planned training, as far as an audit needs it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from torch import nn
from torch.optim import Optimizer

from harness.spec.errors import RequestError
from harness.spec.variants import suggest

SCHEDULES = ("cosine", "constant", "linear")


@dataclass(frozen=True)
class Plan:
    """Optimiser, peak learning rate, number of steps and schedule.

    `momentum` counts under SGD alone; `warmup_steps` rise linearly from 0. `mean_rate` is the learning rate's mean over
    all steps, for a schedule whose name is none of `SCHEDULES`.
    """

    steps: int
    lr: float = 1e-3
    optimizer: str = "adamw"
    schedule: str = "cosine"
    warmup_steps: int = 0
    momentum: float = 0.9
    mean_rate: float | None = None

    @classmethod
    def of(cls, recipe: Plan | Mapping[str, Any], optimizer: Optimizer | None, head: nn.Parameter | None) -> Plan:
        """A plan from a mapping; what it leaves out is read from the optimizer's group that holds the head.

        Raises:
            RequestError: an unknown key, or no number of steps.
        """
        if isinstance(recipe, Plan):
            return recipe
        known = [field.name for field in fields(cls)]
        faults = [f"recipe: there is no '{key}'; {suggest(key, known)}" for key in recipe if key not in known]
        given = {**_read(optimizer, head), **recipe}
        if int(given.get("steps", 0)) < 1:
            faults.append("recipe: needs steps, the number of optimiser steps planned (epochs times batches)")
        if given.get("schedule", "cosine") not in SCHEDULES and given.get("mean_rate") is None:
            faults.append(f"recipe: schedule must be one of {', '.join(SCHEDULES)}, got {given['schedule']}")
        if faults:
            raise RequestError(faults)
        return cls(**given)

    @property
    def rate_sum(self) -> float:
        """The learning rate summed over all steps."""
        if self.mean_rate is not None:
            return self.mean_rate * self.steps
        warmup = min(self.warmup_steps, self.steps)
        rest = self.steps - warmup
        share = 1.0 if self.schedule == "constant" else 0.5
        return self.lr * (warmup / 2 + rest * share)

    @property
    def adaptive(self) -> bool:
        """Whether a step's length is set by the learning rate, not by the gradient's size."""
        return not self.optimizer.lower().startswith(("sgd", "momentum", "nesterov"))


def _read(optimizer: Optimizer | None, head: nn.Parameter | None) -> dict[str, Any]:
    if optimizer is None:
        return {}
    held = [group for group in optimizer.param_groups if any(each is head for each in group["params"])]
    group = (held or optimizer.param_groups)[0]
    read: dict[str, Any] = {"optimizer": type(optimizer).__name__.lower(), "lr": float(group["lr"])}
    momentum = group.get("momentum")
    return read | ({"momentum": float(momentum)} if momentum is not None and math.isfinite(momentum) else {})
