"""Before a structure is packed: a few steps in float64, as a pack and one by one."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import torch
from torch import Tensor, nn

from harness.executors.parts.member import Member
from harness.executors.parts.pack import Stepper
from harness.executors.parts.program import Program
from harness.recipe.loss import make_loss
from harness.recipe.optimizer import make_optimizer
from harness.spec.streams import stream
from harness.training.hardware import Hardware

TOLERANCE = 1e-9
"""The largest deviation, relative to the largest entry of a tensor, at which a pack is said to compute the same."""

STEPS, RUNS, IMAGES = 3, 3, 8

Make = Callable[[Sequence[Member]], Program]


@dataclass(frozen=True)
class Agreement:
    """The largest relative deviation of losses, parameters and buffers; the reason where there is none to tell."""

    deviation: float
    reason: str = ""

    @property
    def holds(self) -> bool:
        """Whether a pack may stand in for single runs."""
        return self.deviation <= TOLERANCE


def compare(members: Sequence[Member], make: Make) -> Agreement:
    """Take some steps with the first few of the runs on the CPU; neither they nor their random numbers are touched."""
    hardware = Hardware(torch.device("cpu"), "float32", torch.get_num_threads(), None)
    members = members[:RUNS]
    alone, packed = ([_twin(member) for member in members] for _ in range(2))
    batches, targets = map(torch.stack, zip(*(_batches(member) for member in members), strict=True))
    devices = list(range(torch.cuda.device_count()))
    with torch.random.fork_rng(devices):
        expected = [_train(*each) for each in zip(alone, batches, targets, strict=True)]
        try:
            stepper = Stepper(make(packed), packed, hardware)
            losses = [
                stepper.step(batches[:, step], targets[:, step], [member.schedule(step) for member in packed])
                for step in range(STEPS)
            ]
        except Exception as error:  # whatever a structure cannot do is a reason not to pack it
            return Agreement(float("inf"), f"{type(error).__name__}: {error}".splitlines()[0])
    found = list(torch.stack(losses, dim=1))
    for mine, theirs in zip(packed, alone, strict=True):
        found += _state(mine.learner.network)
        expected += _state(theirs.learner.network)
    return Agreement(max(map(_deviation, found, expected)))


def _deviation(found: Tensor, expected: Tensor) -> float:
    largest = float(expected.abs().max())
    deviation = float((found - expected).abs().max()) / (largest or 1.0)
    return deviation if deviation == deviation else float("inf")  # no number is no agreement


def _state(network: nn.Module) -> list[Tensor]:
    return [tensor for tensor in network.state_dict().values() if tensor.is_floating_point()]


def _twin(member: Member) -> Member:
    """A copy in float64 on the CPU, at the beginning of its random numbers."""
    learner = member.learner
    network = copy.deepcopy(learner.network).cpu().double()
    learner.train()
    names = {parameter: name for name, parameter in learner.network.named_parameters()}
    own = dict(network.named_parameters())
    held = learner.optimised
    if held is not None:
        held = frozenset(own[names[parameter]] for parameter in held if parameter in names)
    for mine, theirs in zip(network.modules(), learner.network.modules(), strict=True):
        mine.training = theirs.training
    twin = copy.copy(member)
    twin.learner = replace(learner, network=network, optimised=held)
    twin.dropout = torch.Generator().manual_seed(stream(member.session.spec, "dropout"))
    return twin


def _batches(member: Member) -> tuple[Tensor, Tensor]:
    """Inputs [STEPS, IMAGES, ...] in float64 and labels [STEPS, IMAGES]."""
    session = member.session
    index = session.train_index[: STEPS * IMAGES]
    index = index[torch.arange(STEPS * IMAGES) % len(index)].to(session.labels.device)
    generator = torch.Generator().manual_seed(stream(session.spec, "augmentation"))
    inputs = member.learner.take(index, generator).cpu().double()
    return inputs.unflatten(0, (STEPS, IMAGES)), session.labels[index].cpu().view(STEPS, IMAGES)


def _train(member: Member, batches: Tensor, targets: Tensor) -> Tensor:
    """The losses of some steps, as a run by itself takes them."""
    learner, recipe = member.learner, member.recipe
    torch.manual_seed(stream(member.session.spec, "dropout"))
    optimizer = make_optimizer(recipe, learner.network, learner.optimised, learner.rates)
    criterion = make_loss(recipe, targets.flatten(), int(targets.max()) + 1, torch.device("cpu"))
    losses = []
    for step, (inputs, wanted) in enumerate(zip(batches, targets, strict=True)):
        for group in optimizer.param_groups:
            group["lr"] = member.schedule(step) * group.get("lr_scale", 1.0)
        optimizer.zero_grad(set_to_none=True)
        loss = criterion(cast(Tensor, learner.network(inputs)), wanted)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return torch.stack(losses)
