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
DATA = ("epochs", "batch_size", "samples")
POSITIVE = ("steps", "epochs", "batch_size", "samples")
NUMBERS = (*POSITIVE, "lr", "warmup_steps", "momentum", "mean_rate", "mean_fraction")
NAMES = {
    "learning_rate": "lr", "base_lr": "lr", "max_lr": "lr", "eta": "lr",
    "max_steps": "steps", "num_steps": "steps", "total_steps": "steps", "iterations": "steps", 
    "num_train_steps": "steps",
    "max_epochs": "epochs", "num_epochs": "epochs", "num_train_epochs": "epochs", "n_epochs": "epochs",
    "optim": "optimizer", "opt": "optimizer", "scheduler": "schedule", "lr_scheduler": "schedule", "sched": "schedule",
    "lr_scheduler_type": "schedule", "warmup": "warmup_steps", "num_warmup_steps": "warmup_steps", "bs": "batch_size",
    "per_device_train_batch_size": "batch_size", "train_batch_size": "batch_size", "num_samples": "samples",
}  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """Optimizer, peak learning rate, number of steps and schedule.

    `momentum` counts under SGD alone; `warmup_steps` rise linearly from 0. `mean_rate` is the learning rate's mean over
    all steps, for a schedule whose name is none of `SCHEDULES`; `mean_fraction` that mean over the largest rate, `lr`.
    """

    steps: int
    lr: float = 1e-3
    optimizer: str = "adamw"
    schedule: str = "cosine"
    warmup_steps: int = 0
    momentum: float = 0.9
    mean_rate: float | None = None
    mean_fraction: float | None = None

    @classmethod
    def of(
        cls,
        recipe: Plan | Mapping[str, Any],
        optimizer: Optimizer | None,
        head: nn.Parameter | None,
        samples: int | None = None,
        steps_per_epoch: int | None = None,
    ) -> Plan:
        """A plan from a mapping; what it leaves out is read from the optimizer's group that holds the head.

        Args:
            recipe: fields of a plan; or `epochs` in the place of `steps`, with `batch_size` and `samples`.
            optimizer: the optimizer as it was made, if there is one.
            head: the head's weight.
            samples: images of the training data, where the recipe does not say.
            steps_per_epoch: batches of the loader, where there is one.

        Raises:
            RequestError: an unknown key, a value of a wrong kind, or no number of steps.
        """
        if isinstance(recipe, Plan):
            return recipe
        if not isinstance(recipe, Mapping):
            raise RequestError(f"recipe: needs a mapping such as {{'steps': 500, 'lr': 1e-3}}, got {recipe!r:.60}")
        known = [field.name for field in fields(cls)]
        faults = [_unknown(key, [*known, *DATA]) for key in recipe if key not in known and key not in DATA]
        faults += [
            f"recipe: {key} must be a number {'above 0' if key in POSITIVE else 'of 0 or more'}, got {recipe[key]!r}"
            for key in NUMBERS
            if recipe.get(key) is not None and not _sensible(key, recipe[key])
        ]
        if not isinstance(recipe.get("optimizer", ""), str):
            faults.append("recipe: optimizer must be a name such as 'adamw'; give the object itself as optimizer=")
        if faults:
            raise RequestError(faults)
        given = {**_read(optimizer, head), **{key: value for key, value in recipe.items() if key in known}}
        if given.get("steps") is None and recipe.get("epochs") is not None:
            given["steps"] = _steps(
                recipe["epochs"], recipe.get("samples") or samples, recipe.get("batch_size"), steps_per_epoch
            )
            if given["steps"] is None:
                faults.append(
                    "recipe: epochs needs the number of batches: give batch_size, and samples unless images= is all "
                    "the data; or images= as a DataLoader; or steps"
                )
        elif int(given.get("steps") or 0) < 1:
            faults.append("recipe: needs steps, the number of optimizer steps planned, or epochs")
        told = given.get("mean_rate") is not None or given.get("mean_fraction") is not None
        if given.get("schedule", "cosine") not in SCHEDULES and not told:
            faults.append(f"recipe: schedule must be one of {', '.join(SCHEDULES)}, got {given['schedule']}")
        if faults:
            raise RequestError(faults)
        return cls(**given)

    @property
    def rate_sum(self) -> float:
        """The learning rate summed over all steps."""
        if self.mean_rate is not None:
            return self.mean_rate * self.steps
        if self.mean_fraction is not None:
            return self.mean_fraction * self.lr * self.steps
        warmup = min(self.warmup_steps, self.steps)
        rest = self.steps - warmup
        mean = 1.0 if self.schedule == "constant" else 0.5
        return self.lr * (warmup / 2 + rest * mean)

    @property
    def adaptive(self) -> bool:
        """Whether a step's length is set by the learning rate, not by the gradient's size."""
        return not self.optimizer.lower().startswith(("sgd", "momentum", "nesterov"))


def _unknown(key: str, known: list[str]) -> str:
    """What is the right name of a key: by what other libraries call it, else by its spelling."""
    meant = NAMES.get(str(key).lower())
    return f"recipe: there is no '{key}'; " + (f"the name is {meant}" if meant else suggest(str(key), known))


def _sensible(key: str, value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return False
    return value > 0 if key in POSITIVE else value >= 0


def _read(optimizer: Optimizer | None, head: nn.Parameter | None) -> dict[str, Any]:
    if optimizer is None:
        return {}
    held = [group for group in optimizer.param_groups if any(each is head for each in group["params"])]
    group = (held or optimizer.param_groups)[0]
    read: dict[str, Any] = {"optimizer": type(optimizer).__name__.lower(), "lr": float(group["lr"])}
    momentum = group.get("momentum")
    return read | ({"momentum": float(momentum)} if momentum is not None and math.isfinite(momentum) else {})


def _steps(epochs: float, samples: int | None, batch_size: int | None, steps_per_epoch: int | None) -> int | None:
    """Optimizer steps of so many epochs; None where neither the loader nor the numbers tell them."""
    if batch_size is not None and samples is not None:
        steps_per_epoch = math.ceil(samples / batch_size)
    return None if steps_per_epoch is None else max(1, round(epochs * steps_per_epoch))
