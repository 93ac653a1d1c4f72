"""What learning rates a schedule will give, found by running a copy of it beside the real one."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import LambdaLR, ReduceLROnPlateau

POINTS = 1000  # at which a schedule is looked at that can be asked for any step
MOST_UPDATES = 50_000  # of a schedule that has to be run: half a second


@dataclass(frozen=True)
class PlannedRates:
    """An optimizer with the learning rates that are planned for it.

    `courses` holds a row for each of its groups: the rates at equal distances over all of training. `steps` is the
    number of optimizer steps, None where nobody knows. `told` goes into the recipe as it is.
    """

    optimizer: Any
    courses: Sequence[Sequence[float]] = ()
    steps: int | None = None
    schedule: str = "constant"
    told: tuple[tuple[str, Any], ...] = ()

    @contextmanager
    def at_peak(self) -> Iterator[tuple[Any, dict[str, Any] | None]]:
        """The optimizer with every group at its largest rate, and the recipe for `harness.check`; put back afterwards.

        Before the first step a schedule that warms up gives 0, which would look like a group that never learns.
        """
        groups = self.optimizer.param_groups if self.courses else []
        now = [group["lr"] for group in groups]
        try:
            for group, course in zip(groups, self.courses, strict=True):
                group["lr"] = max(course)
            yield self.optimizer, self._recipe()
        finally:
            for group, rate in zip(groups, now, strict=True):
                group["lr"] = rate

    def _recipe(self) -> dict[str, Any] | None:
        fractions = [sum(course) / len(course) / max(course) for course in self.courses if max(course) > 0]
        if not self.steps or not fractions:
            return None
        return {
            "steps": self.steps,
            "schedule": self.schedule,
            "mean_fraction": max(fractions),
            **dict(self.told),
        }


def planned_rates(
    optimizer: Optimizer,
    scheduler: Any = None,
    steps: int | None = None,
    steps_per_epoch: int = 1,
    by_epoch: bool = False,
) -> PlannedRates:
    """The rates of torch's or timm's scheduler, which is at its start and stays there.

    What cannot be foreseen (no scheduler, one that waits for a metric, a number of steps that nobody knows) counts as
    constant at the largest rate that the groups name, which is the mildest that can be assumed.

    Args:
        optimizer: the optimizer that the scheduler is for.
        scheduler: torch's, or timm's (which has `step_update`).
        steps: optimizer steps in all.
        steps_per_epoch: steps of an epoch, for schedules that move once an epoch.
        by_epoch: whether torch's scheduler is stepped once an epoch; timm's says so itself.
    """
    largest = [[_largest(group)] for group in optimizer.param_groups]
    if scheduler is None or not steps or isinstance(scheduler, ReduceLROnPlateau):
        return PlannedRates(optimizer, largest, steps)
    rates = _foreseen(optimizer, scheduler, steps, steps_per_epoch, by_epoch)
    courses = list(map(list, zip(*rates, strict=True))) if len(rates) > 1 else largest
    return PlannedRates(optimizer, courses, steps, type(scheduler).__name__)


def _largest(group: dict[str, Any]) -> float:
    return max(float(group[key]) for key in ("lr", "initial_lr", "max_lr") if group.get(key) is not None)


def _foreseen(optimizer: Optimizer, scheduler: Any, steps: int, steps_per_epoch: int, by_epoch: bool) -> list[Any]:
    """The rates of all groups at one point of training after the other, as far as the schedule gives them."""
    shadow = SGD([{**group, "params": [torch.zeros(1)]} for group in optimizer.param_groups], lr=0.0)
    ahead: Any = copy.deepcopy(scheduler, {id(scheduler.optimizer): shadow})
    if hasattr(ahead, "step_update"):  # timm's
        points, move = _spread(steps), _both(ahead, steps_per_epoch)
    elif isinstance(ahead, LambdaLR):
        updates = -(-steps // steps_per_epoch) if by_epoch else steps
        return [
            [base * factor(point) for base, factor in zip(ahead.base_lrs, ahead.lr_lambdas, strict=True)]
            for point in _spread(updates)
        ]
    else:
        updates = -(-steps // steps_per_epoch) if by_epoch else steps
        points, move = range(min(updates, MOST_UPDATES)), lambda point: ahead.step() if point else None
    rates = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a scheduler that is stepped without its optimizer
        for point in points:
            try:
                move(point)
            except Exception:  # whatever a scheduler may raise, such as one that was made for fewer steps
                break
            rates.append([float(group["lr"]) for group in shadow.param_groups])
    return rates


def _spread(number: int) -> Sequence[int]:
    return range(0, number, max(1, number // POINTS))


def _both(scheduler: Any, steps_per_epoch: int) -> Callable[[int], None]:
    """timm's schedulers are told of every update and every epoch, and heed one of both."""

    def move(step: int) -> None:
        scheduler.step_update(step)
        scheduler.step(step // steps_per_epoch)

    return move
