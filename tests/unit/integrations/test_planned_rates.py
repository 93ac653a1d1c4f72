"""The rates that a check is told are those that training will have, and the optimizer stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from timm.scheduler import create_scheduler_v2
from torch.optim import SGD, AdamW, Optimizer, lr_scheduler

from harness.integrations._schedule import planned_rates

STEPS, EPOCH = 40, 10


def warmup(step: int) -> float:
    return min(step / 10, 1.0)


def sequence(optimizer: Optimizer) -> Any:
    parts = [lr_scheduler.LinearLR(optimizer, 0.01, 1.0, 10), lr_scheduler.CosineAnnealingLR(optimizer, 30)]
    return lr_scheduler.SequentialLR(optimizer, parts, milestones=[10])


SCHEDULES: dict[str, Callable[[Optimizer], Any]] = {
    "lambda": lambda optimizer: lr_scheduler.LambdaLR(optimizer, warmup),
    "one cycle": lambda optimizer: lr_scheduler.OneCycleLR(optimizer, [0.1, 0.3], total_steps=STEPS),
    "sequence": sequence,
}


def optimizer() -> AdamW:
    """Two groups of different rates."""
    first, second = (torch.nn.Parameter(torch.ones(2)) for _ in range(2))
    return AdamW([{"params": [first]}, {"params": [second], "lr": 0.3}], lr=0.1)


def really(made: Optimizer, move: Callable[[int], None]) -> list[list[float]]:
    """The rates of each group over all steps, by stepping the scheduler itself."""
    seen = []
    for step in range(STEPS):
        seen.append([float(group["lr"]) for group in made.param_groups])
        made.step()
        move(step + 1)
    return [list(course) for course in zip(*seen, strict=True)]


@pytest.mark.parametrize("named", SCHEDULES)
def test_a_schedule_of_torch_is_foreseen(named: str) -> None:
    made = optimizer()
    scheduler = SCHEDULES[named](made)
    planned = planned_rates(made, scheduler, STEPS)
    courses = really(made, lambda step: scheduler.step())
    for foreseen, course in zip(planned.courses, courses, strict=True):
        assert list(foreseen) == pytest.approx(course)


def test_a_schedule_that_moves_once_an_epoch_is_foreseen_by_the_epoch() -> None:
    made = optimizer()
    scheduler = lr_scheduler.StepLR(made, 2, gamma=0.1)
    planned = planned_rates(made, scheduler, STEPS, EPOCH, by_epoch=True)
    assert list(planned.courses[0]) == pytest.approx([0.1, 0.1, 0.01, 0.01])


@pytest.mark.parametrize("on_epochs", [True, False])
def test_a_schedule_of_timm_is_foreseen(on_epochs: bool) -> None:
    made = optimizer()
    scheduler, _ = create_scheduler_v2(
        made, "cosine", num_epochs=STEPS // EPOCH, warmup_epochs=1, step_on_epochs=on_epochs, updates_per_epoch=EPOCH
    )
    planned = planned_rates(made, scheduler, STEPS, EPOCH)

    def move(step: int) -> None:
        scheduler.step_update(step)
        if step % EPOCH == 0:
            scheduler.step(step // EPOCH)

    for foreseen, course in zip(planned.courses, really(made, move), strict=True):
        assert list(foreseen) == pytest.approx(course)


def test_the_check_sees_the_largest_rates_and_the_optimizer_keeps_its_own() -> None:
    made = optimizer()
    scheduler = lr_scheduler.LambdaLR(made, warmup)
    before = scheduler.state_dict()
    with planned_rates(made, scheduler, STEPS).at_peak() as (seen, recipe):
        assert [group["lr"] for group in seen.param_groups] == [0.1, 0.3]
        assert recipe is not None
        assert recipe["mean_fraction"] == pytest.approx((4.5 + 30) / STEPS)
    assert [group["lr"] for group in made.param_groups] == [0.0, 0.0]
    assert scheduler.state_dict() == before


def test_what_cannot_be_foreseen_counts_as_constant() -> None:
    made = SGD([torch.nn.Parameter(torch.ones(2))], lr=0.1)
    waiting = lr_scheduler.ReduceLROnPlateau(made)
    for planned in (planned_rates(made, None, STEPS), planned_rates(made, waiting, STEPS)):
        with planned.at_peak() as (_, recipe):
            assert recipe == {"steps": STEPS, "schedule": "constant", "mean_fraction": 1.0}
    with planned_rates(made).at_peak() as (_, recipe):
        assert recipe is None, "nobody knows the number of steps"
