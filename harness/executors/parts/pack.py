"""The training of a pack: the loop of a single run, for all of its runs at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from harness.executors.parts.member import Member
from harness.executors.parts.optimiser import PackOptimiser
from harness.executors.parts.program import Inputs, Program
from harness.training.curve import evaluation_steps
from harness.training.hardware import Hardware
from harness.training.loop import Pause


def smoothed_losses(logits: Tensor, targets: Tensor, smoothing: Tensor) -> Tensor:
    """Mean cross-entropy of each run in nats, [K], from logits [K, B, C] and labels [K, B].

    Label smoothing [K] mixes the truth with a uniform guess: Szegedy et al. 2016, "Rethinking the Inception
    architecture", as torch's `cross_entropy` does.
    """
    log_probability = logits.log_softmax(dim=2)
    truth = log_probability.gather(2, targets[..., None]).squeeze(2).mean(dim=1)
    if not smoothing.any():
        return -truth
    return -torch.lerp(truth, log_probability.mean(dim=2).mean(dim=1), smoothing)


class Stepper:
    """One step of every run after the other."""

    def __init__(self, program: Program, members: Sequence[Member], hardware: Hardware) -> None:
        self._program, self._hardware = program, hardware
        self._optimiser = PackOptimiser(program.storage, members)
        self._smoothing = program.storage.values.new_tensor([each.recipe.label_smoothing for each in members])

    def step(self, inputs: Tensor, targets: Tensor, rates: Sequence[float]) -> Tensor:
        """Learn from inputs [K, B, ...] and labels [K, B]; each run's loss before the step, [K]."""
        storage = self._program.storage
        with self._hardware.autocast():
            logits = self._program(inputs)
            losses = smoothed_losses(logits.to(storage.values.dtype), targets, self._smoothing)
        found = torch.autograd.grad(losses.sum(), storage.leaves)
        torch._foreach_copy_(storage.gradients_of, found)
        self._optimiser.step(rates)
        return losses.detach()


def train_pack(
    members: Sequence[Member], program: Program, inputs: Inputs, hardware: Hardware
) -> Iterator[list[Pause]]:
    """Train runs of as many steps and as large batches, yielding all their pauses at every evaluation step."""
    first = members[0]
    steps_per_epoch, batch_size = first.steps_per_epoch, first.batch_size
    stops = evaluation_steps(steps_per_epoch, first.recipe.epochs)
    stepper = Stepper(program, members, hardware)
    total = program.storage.values.new_zeros(len(members))
    step = since = 0
    for _ in range(first.recipe.epochs):
        order, targets = map(torch.stack, zip(*(member.epoch() for member in members), strict=True))
        for taken, wanted in zip(inputs(order), targets.unbind(1), strict=True):
            rates = [member.schedule(step) for member in members]
            total += stepper.step(taken, wanted, rates)
            step += 1
            if step in stops:
                losses = (total / (step - since)).tolist()
                yield [
                    Pause(
                        step=step,
                        epoch=step / steps_per_epoch,
                        lr=rate,
                        train_loss=loss,
                        images=(step - since) * batch_size,
                        network=member.learner.network,
                        schedule=member.schedule,
                    )
                    for member, rate, loss in zip(members, rates, losses, strict=True)
                ]
                total.zero_()
                since = step
