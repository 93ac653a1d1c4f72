"""Both runs of a pair after their first steps, with several paired seeds, and how each would end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass

import torch

from harness.diagnose.predict.forecast import fault_of
from harness.diagnose.predict.motion import Head
from harness.diagnose.predict.stage import check_rehearsed
from harness.diagnose.predict.steps.continuation import Continued, alignment, go_on
from harness.diagnose.predict.steps.first import FirstSteps, begin, check_steps, take
from harness.spec.machine import Machine
from harness.spec.spec import Recipe, Spec
from harness.training.run import refuse, settle

SEEDS = 4
"""Pairs of runs whose mean gap is predicted, from the plan's own seed on."""


@dataclass(frozen=True)
class StepsSeen:
    """What the first `steps` of the `total` steps show of two runs.

    Attributes:
        first, second: means over the seeds.
        speed: of the features along their kernel, of both runs and all seeds together.
        one_backbone: the two start from the same features.
        same: the two start from bitwise the same head and features under the same drop rates; then nothing was
                trained, and `first` and `second` are None.
        seconds: what all of it took.
        step_seconds: what the real steps of all runs took of it.
    """

    first: Continued | None
    second: Continued | None
    speed: float
    one_backbone: bool
    same: bool
    steps: int
    total: int
    train_size: int
    classes: int
    seeds: int
    seconds: float
    step_seconds: float

    @property
    def fraction(self) -> float:
        """Steps taken of those planned."""
        return self.steps / self.total

    @property
    def cost(self) -> float:
        """Time taken, over that of all steps of the runs at the pace of the real ones."""
        return self.seconds / (self.step_seconds / self.fraction) if self.step_seconds else 0.0


def watch(first: Spec, second: Spec, steps: int, machine: Machine, seeds: int = SEEDS) -> StepsSeen:
    """Train the first steps of both runs with paired seeds, and rehearse the rest of each.

    Raises:
        RequestError: the plan has no more steps than that, or cannot be set up or rehearsed as asked.
        ImpossibleConfiguration: this architecture cannot do it, or its head is not a Linear of one vector an image.
    """
    began = time.perf_counter()
    for spec in (first, second):
        refuse(spec)
    check_rehearsed(first.recipe)
    hardware = settle(machine)
    alike = first.regularization == second.regularization and fault_of(first) == fault_of(second)
    found: list[tuple[FirstSteps, FirstSteps]] = []
    one_backbone = True
    for seed in range(first.seed, first.seed + seeds):
        one, two = (spec.model_copy(update={"seed": seed}) for spec in (first, second))
        setup, start = begin(one, machine, hardware)
        other_setup, other = begin(two, machine, hardware, start)
        total = check_steps(setup, steps)
        train_size, classes = len(setup.train_index), len(setup.dataset.classes)
        one_backbone &= start.backbone == other.backbone and torch.equal(start.features, other.features)
        if not (alike and one_backbone and _equal_heads(start.head, other.head)):
            found.append((take(setup, start, steps, hardware), take(other_setup, other, steps, hardware)))
    speed, ends = rehearsed_ends(found, first.recipe)
    return StepsSeen(
        first=mean_of([end for end, _ in ends]) if ends else None,
        second=mean_of([end for _, end in ends]) if ends else None,
        speed=speed,
        one_backbone=one_backbone,
        same=not ends,
        steps=steps,
        total=total,
        train_size=train_size,
        classes=classes,
        seeds=seeds,
        seconds=time.perf_counter() - began,
        step_seconds=sum(run.seconds for pair in found for run in pair),
    )


def rehearsed_ends(
    found: Sequence[tuple[FirstSteps, FirstSteps]], recipe: Recipe
) -> tuple[float, list[tuple[Continued, Continued]]]:
    """The speed of the features, which all runs tell together, and how each of the paired runs would end."""
    told = [alignment(one, recipe) for pair in found for one in pair]
    along, length = (sum(numbers) for numbers in zip(*told, strict=True)) if told else (0.0, 0.0)
    speed = max(0.0, along / length) if length else 0.0
    return speed, [(go_on(one, recipe, speed), go_on(two, recipe, speed)) for one, two in found]


def mean_of(ends: Sequence[Continued]) -> Continued:
    """Each of their numbers, averaged."""
    return Continued(*(sum(values) / len(ends) for values in zip(*map(astuple, ends), strict=True)))


def _equal_heads(one: Head, two: Head) -> bool:
    return torch.equal(one.weight, two.weight) and torch.equal(one.bias, two.bias)
