"""A few steps of training with copies of runs, to be timed or counted; the runs are as before."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from harness.execution.packing.equivalence import batches_of, twin
from harness.execution.packing.packed_run import PackedRun
from harness.execution.packing.plan import PackPlan
from harness.training.hardware import Hardware
from harness.training.step import Step

STEPS = 3

Steps = Callable[[], Tensor]
"""Takes so many steps and gives their losses, for which the device has to be waited for."""


def by_itself(member: PackedRun, step: type[Step], hardware: Hardware) -> Steps:
    """Those of a single run, in its batches' own size."""
    copied = twin(member, torch.float32, hardware.device)
    take, rate, parts = copied.stepper(step, hardware), copied.schedule(0), copied.recipe.grad_accum_steps
    [batches], [targets] = _batches([member], hardware)

    def steps() -> Tensor:
        for inputs, wanted in zip(batches, targets, strict=True):
            take(inputs, wanted, rate, parts)
        return take.total

    return steps


def together(way: PackPlan, members: Sequence[PackedRun], size: int, hardware: Hardware) -> Steps:
    """Those of a pack of `size` runs; beyond those that are given, twins of them: it is the number that takes the
    time."""
    packed = [twin(members[at % len(members)], torch.float32, hardware.device) for at in range(size)]
    take = way.step_of(way.make(packed), packed, hardware)
    batches, targets = _batches(packed, hardware)
    rates = batches.new_tensor([member.schedule(0) for member in packed])

    def steps() -> Tensor:
        for at in range(STEPS):
            take(batches[:, at], targets[:, at], rates)
        return take.total

    return steps


def _batches(members: Sequence[PackedRun], hardware: Hardware) -> tuple[Tensor, Tensor]:
    batches, targets = batches_of(members, STEPS, members[0].batch_size)
    return batches.to(hardware.device), targets.to(hardware.device)
