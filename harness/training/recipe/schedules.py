"""Learning rates after the warm-up: each public function is one schedule, named as `recipe.schedule`.

A schedule is a function `(recipe, steps, steps_per_epoch) -> Schedule` of the recipe, the steps that are left after the
warm-up, and those of an epoch. `LearningRate` puts the warm-up before it.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from timm.scheduler import PolyLRScheduler, StepLRScheduler, TanhLRScheduler
from timm.scheduler.scheduler import Scheduler
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import ReduceLROnPlateau

from harness.spec.spec import SCHEDULES, Recipe
from harness.spec.variants import load_variant


def _unmoved(measured: float) -> None:
    """Most schedules are fixed beforehand."""


def _nothing(state: dict[str, Any]) -> None:
    """What remembers nothing has nothing to be put back."""


@dataclass(frozen=True)
class Schedule:
    """The learning rate by the steps since the warm-up, from 0.

    `observe` is told the monitored validation measure at the end of every epoch. `state_dict` gives what is remembered
    of it, `load_state_dict` puts it back; a rate that depends on the step alone remembers nothing.
    """

    rate: Callable[[int], float]
    observe: Callable[[float], None] = _unmoved
    state_dict: Callable[[], dict[str, Any]] = dict
    load_state_dict: Callable[[dict[str, Any]], None] = _nothing


class LearningRate:
    """Linear warm-up from 0, then the schedule that `recipe.schedule` names, over the steps that are left."""

    def __init__(self, recipe: Recipe, steps_per_epoch: int) -> None:
        self._lr = recipe.lr
        self._warmup = round(recipe.warmup_epochs * steps_per_epoch)
        left = recipe.epochs * steps_per_epoch - self._warmup
        self._after_warmup: Schedule = load_variant(SCHEDULES, recipe.schedule)(recipe, left, steps_per_epoch)

    def __call__(self, step: int) -> float:
        """The rate of a step, counted from 0."""
        if step < self._warmup:
            return self._lr * (step + 1) / self._warmup
        return self._after_warmup.rate(step - self._warmup)

    def observe(self, measured: float) -> None:
        """What `recipe.monitor` names, at the end of an epoch; some schedules follow it."""
        self._after_warmup.observe(measured)

    def state_dict(self) -> dict[str, Any]:
        """What it remembers of what it observed."""
        return self._after_warmup.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what another one remembered."""
        self._after_warmup.load_state_dict(state)


LAST_PHASE = 0.2
"""timm's default."""


def _last_phase(recipe: Recipe, steps: int, steps_per_epoch: int) -> int:
    """Steps of the last phase: `decay_epochs`, by default a fifth of those after the warm-up; at least one."""
    asked = LAST_PHASE * steps if recipe.decay_epochs is None else recipe.decay_epochs * steps_per_epoch
    return max(1, round(asked))


def _from_timm(lr: float, make: Callable[[Optimizer], Scheduler]) -> Schedule:
    """The rates of the scheduler that `make` builds upon an optimizer with learning rate `lr`."""
    asked = SGD([torch.zeros(1)], lr=lr)
    scheduler = make(asked)

    def rate(step: int) -> float:
        scheduler.step_update(step)
        return float(asked.param_groups[0]["lr"])

    return Schedule(rate)


def constant(recipe: Recipe, steps: int, steps_per_epoch: int) -> Schedule:
    """The peak rate throughout."""
    return Schedule(lambda step: recipe.lr)


def cosine(recipe: Recipe, steps: int, steps_per_epoch: int) -> Schedule:
    """Half a cosine from the peak to `min_lr`: Loshchilov and Hutter, "SGDR" (2017), one cycle without restarts."""
    height = recipe.lr - recipe.min_lr
    return Schedule(lambda step: recipe.min_lr + height * (1 + math.cos(math.pi * (step / max(1, steps)))) / 2)


def linear(recipe: Recipe, steps: int, steps_per_epoch: int) -> Schedule:
    """A straight line from the peak to `min_lr`."""
    return _from_timm(
        recipe.lr,
        lambda optimizer: PolyLRScheduler(
            optimizer, t_initial=max(1, steps), power=1.0, lr_min=recipe.min_lr, t_in_epochs=False
        ),
    )


def multistep(recipe: Recipe, steps: int, steps_per_epoch: int) -> Schedule:
    """The rate times `decay_rate` from each of `decay_milestones` on, counted in epochs from the start of training.

    PyTorch's timing: timm's scheduler decays one step before the milestone.
    """
    warmup = recipe.epochs * steps_per_epoch - steps
    milestones = [round(epoch * steps_per_epoch) - warmup for epoch in recipe.decay_milestones or ()]
    factor = 0.1 if recipe.decay_rate is None else recipe.decay_rate
    return Schedule(lambda step: recipe.lr * factor ** bisect_right(milestones, step))


def plateau(recipe: Recipe, steps: int, steps_per_epoch: int) -> Schedule:
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

    return Schedule(lambda step: float(asked.param_groups[0]["lr"]), scheduler.step, state_dict, load_state_dict)


def _warmup_stable_decay(optimizer: Optimizer, **options: Any) -> Scheduler:
    """timm's WSDLRScheduler, imported late: timm has it from 1.0.31 on, and the rules refuse it before."""
    from timm.scheduler import WSDLRScheduler

    return WSDLRScheduler(optimizer, t_in_epochs=False, **options)


def poly(recipe: Recipe, steps: int, steps_per_epoch: int) -> Schedule:
    """The rate falls to `min_lr` as a power of the fraction of steps left; timm's default of 0.5 is the root."""
    power = 0.5 if recipe.power is None else recipe.power
    return _from_timm(
        recipe.lr,
        lambda optimizer: PolyLRScheduler(
            optimizer, t_initial=max(1, steps), power=power, lr_min=recipe.min_lr, t_in_epochs=False
        ),
    )


def rsqrt(recipe: Recipe, steps: int, steps_per_epoch: int) -> Schedule:
    """The peak over √(1 + t/T), then linearly to `min_lr`: Zhai et al. 2022, "Scaling vision transformers".

    The timescale T is the warm-up, or without one an epoch.
    """
    decay = _last_phase(recipe, steps, steps_per_epoch)
    return _from_timm(
        recipe.lr,
        lambda optimizer: _warmup_stable_decay(
            optimizer,
            t_initial=max(1, steps),
            decay_t=decay,
            lr_min=recipe.min_lr,
            stable_fn="rsqrt",
            stable_timescale=(recipe.warmup_epochs or 1) * steps_per_epoch,
            decay_fn="linear",
        ),
    )


def step(recipe: Recipe, steps: int, steps_per_epoch: int) -> Schedule:
    """The rate times `decay_rate` after every `decay_epochs`, by default a third of the epochs after the warm-up."""
    every = steps / 3 if recipe.decay_epochs is None else recipe.decay_epochs * steps_per_epoch
    rate = 0.1 if recipe.decay_rate is None else recipe.decay_rate
    return _from_timm(
        recipe.lr,
        lambda optimizer: StepLRScheduler(optimizer, decay_t=every, decay_rate=rate, t_in_epochs=False),
    )


def tanh(recipe: Recipe, steps: int, steps_per_epoch: int) -> Schedule:
    """Hsueh et al., "Stochastic gradient descent with hyperbolic-tangent decay on classification" (2019)."""
    return _from_timm(
        recipe.lr,
        lambda optimizer: TanhLRScheduler(optimizer, t_initial=max(1, steps), lr_min=recipe.min_lr, t_in_epochs=False),
    )


def wsd(recipe: Recipe, steps: int, steps_per_epoch: int) -> Schedule:
    """Constant, then down to `min_lr` as 1 - √ of the last phase: Hägele et al. 2024, "Scaling laws beyond fixed
    training durations"."""
    decay = _last_phase(recipe, steps, steps_per_epoch)
    return _from_timm(
        recipe.lr,
        lambda optimizer: _warmup_stable_decay(optimizer, t_initial=max(1, steps), decay_t=decay, lr_min=recipe.min_lr),
    )
