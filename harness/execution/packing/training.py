"""The training of a pack: the loop of a single run, for all of its runs at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from harness.execution.packing.inputs import PackInputs
from harness.execution.packing.packed_run import PackedRun
from harness.execution.packing.program import Program
from harness.execution.packing.step import PackStep
from harness.training.evaluate import evaluation_steps
from harness.training.hardware import Hardware
from harness.training.loop import EvalPoint


def train_pack(
    members: Sequence[PackedRun], program: Program, inputs: PackInputs, hardware: Hardware, step_of: type[PackStep]
) -> Iterator[list[EvalPoint]]:
    """Train runs of as many steps and as large batches, yielding all their pauses at every evaluation step."""
    first = members[0]
    steps_per_epoch, batch_size = first.steps_per_epoch, first.batch_size
    stops = evaluation_steps(steps_per_epoch, first.recipe.epochs)
    take_step = step_of(program, members, hardware)
    step = since = 0
    for epoch in range(first.recipe.epochs):
        order, targets = map(torch.stack, zip(*(member.epoch() for member in members), strict=True))
        schedule = range(epoch * steps_per_epoch, (epoch + 1) * steps_per_epoch)
        rates = program.storage.values.new_tensor([[member.schedule(at) for member in members] for at in schedule])
        for taken, wanted, each in zip(inputs(order), targets.unbind(1), rates, strict=True):
            take_step(taken, wanted, each)
            step += 1
            if step in stops:
                losses = (take_step.total / (step - since)).tolist()
                yield [
                    EvalPoint(
                        step=step,
                        epoch=step / steps_per_epoch,
                        lr=member.schedule(step - 1),
                        train_loss=loss,
                        images=(step - since) * batch_size,
                        network=member.learner.network,
                        schedule=member.schedule,
                    )
                    for member, loss in zip(members, losses, strict=True)
                ]
                take_step.total.zero_()
                since = step
