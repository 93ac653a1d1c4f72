"""Before a structure is packed: a few steps in float64, as a pack and one by one."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

import torch
from torch import Tensor, nn

from harness.execution.packing.packed_run import PackedRun
from harness.execution.packing.program import Program
from harness.execution.packing.training import PackStep
from harness.spec.streams import stream
from harness.training.evaluate import evaluating
from harness.training.hardware import Hardware
from harness.training.recipe.optimizer import make_optimizer

TOLERANCE = 1e-8
"""The largest deviation at which a pack is said to compute the same, relative to the largest entry of a tensor and
what one step can add to it."""

EPS = 1e-4
"""AdamW's, in the check: by the usual one a parameter whose gradient is zero but for rounding (a bias before BatchNorm)
moves by the rate times that rounding."""

STEPS, RUNS, IMAGES = 3, 3, 8
"""Of the check: steps, runs where they are all of one origin, and images in a batch."""

CPU = torch.device("cpu")

Make = Callable[[Sequence[PackedRun]], Program]


@dataclass(frozen=True)
class Agreement:
    """The largest relative deviation of losses, parameters and buffers; the reason where there is none to tell."""

    deviation: float
    reason: str = ""

    @property
    def holds(self) -> bool:
        """Whether a pack may stand in for single runs."""
        return self.deviation <= TOLERANCE


def compare(runs: Sequence[PackedRun], make: Make) -> Agreement:
    """Take some steps with copies of the runs on the CPU; neither they nor their random numbers are touched."""
    hardware = Hardware(CPU, "float32", torch.get_num_threads(), None)
    alone, packed = ([twin(run) for run in runs] for _ in range(2))
    batches, targets = batches_of(runs, STEPS, IMAGES)
    devices = list(range(torch.cuda.device_count()))
    with torch.random.fork_rng(devices):
        expected = [
            torch.stack(list(steps_alone(*each, hardware)))
            for each in zip(alone, batches.double(), targets, strict=True)
        ]
        try:
            program = make(packed)
            losses = list(steps_together(program, packed, PackStep, batches.double(), targets, hardware))
            answers = program.evaluate(batches[:, 0].double())
        except Exception as error:  # whatever a structure cannot do is a reason not to pack it
            return Agreement(float("inf"), f"{type(error).__name__}: {error}".splitlines()[0])
    deviations = []
    for place, (mine, theirs) in enumerate(zip(packed, alone, strict=True)):
        moved = max(mine.schedule(step) for step in range(STEPS))
        network = theirs.learner.network
        with evaluating(network):
            others = [expected[place], network(batches[place, 0].double()), *state_of(network)]
        own = [torch.stack(losses)[:, place], answers[place], *state_of(mine.learner.network)]
        deviations += [deviation(*pair, moved) for pair in zip(own, others, strict=True)]
    return Agreement(max(deviations))


def compare_captured(runs: Sequence[PackedRun], make: Make, step_of: type[PackStep], hardware: Hardware) -> Agreement:
    """The same steps on the runs' own device, captured and operation by operation."""
    exact = replace(hardware, precision="float32")
    batches, targets = (each.to(hardware.device) for each in batches_of(runs, STEPS, IMAGES))
    found: list[list[Tensor]] = []
    devices = [hardware.device] if hardware.device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        for each in (step_of, PackStep):
            twins = [twin(run, device=hardware.device) for run in runs]
            try:
                losses = list(steps_together(make(twins), twins, each, batches.double(), targets, exact))
            except Exception as error:  # whatever cannot be captured is a reason not to
                return Agreement(float("inf"), f"{type(error).__name__}: {error}".splitlines()[0])
            states = [tensor for run in twins for tensor in state_of(run.learner.network)]
            found.append([torch.stack(losses), *states])
    moved = max(run.schedule(step) for step in range(STEPS) for run in runs)
    return Agreement(max(deviation(*pair, moved) for pair in zip(found[0], found[1], strict=True)))


def steps_together(
    program: Program,
    runs: Sequence[PackedRun],
    step_of: type[PackStep],
    batches: Tensor,
    targets: Tensor,
    hardware: Hardware,
) -> Iterator[Tensor]:
    """The losses of some steps of a pack, [K] each, from inputs [K, steps, B, ...] and labels [K, steps, B]."""
    take_step = step_of(program, runs, hardware)
    for step in range(STEPS):
        take_step.total.zero_()
        take_step(batches[:, step], targets[:, step], batches.new_tensor([each.schedule(step) for each in runs]))
        yield take_step.total.clone()


def deviation(found: Tensor, expected: Tensor, moved: float) -> float:
    """The largest, relative to the largest entry and the largest rate that it was `moved` by."""
    largest = float((found - expected).abs().max() / (expected.abs().max() + moved))
    return largest if largest == largest else float("inf")  # no number is no agreement


def state_of(network: nn.Module) -> list[Tensor]:
    """Parameters and buffers that a run is compared by."""
    return [tensor for tensor in network.state_dict().values() if tensor.is_floating_point()]


def twin(run: PackedRun, dtype: torch.dtype = torch.float64, device: torch.device = CPU) -> PackedRun:
    """A copy, at the beginning of its random numbers."""
    learner = run.learner
    network = copy.deepcopy(learner.network).to(device, dtype)
    learner.train()
    names = {parameter: name for name, parameter in learner.network.named_parameters()}
    own = dict(network.named_parameters())
    held = learner.optimised
    if held is not None:
        held = frozenset(own[names[parameter]] for parameter in held if parameter in names)
    for mine, theirs in zip(network.modules(), learner.network.modules(), strict=True):
        mine.training = theirs.training
    copied = copy.copy(run)
    copied.learner = replace(learner, network=network, optimised=held)
    if run.recipe.optimizer == "adamw":
        copied.recipe = run.recipe.model_copy(update={"optimizer_kwargs": {"eps": EPS}})
    copied.dropout = torch.Generator(device).manual_seed(stream(run.setup.spec, "dropout"))
    return copied


def batches_of(runs: Sequence[PackedRun], steps: int, images: int) -> tuple[Tensor, Tensor]:
    """Inputs [K, steps, images, ...] and labels [K, steps, images] on the CPU, the first images over and over."""
    found = []
    for run in runs:
        setup = run.setup
        index = setup.train_index
        index = index[torch.arange(steps * images) % len(index)].to(setup.labels.device)
        generator = torch.Generator().manual_seed(stream(setup.spec, "augmentation"))
        inputs = run.learner.source(index, generator).cpu()
        found.append((inputs.unflatten(0, (steps, images)), setup.labels[index].cpu().unflatten(0, (steps, images))))
    return torch.stack([inputs for inputs, _ in found]), torch.stack([labels for _, labels in found])


def steps_alone(run: PackedRun, batches: Tensor, targets: Tensor, hardware: Hardware) -> Iterator[Tensor]:
    """The losses of some steps, as a run by itself takes them."""
    learner, recipe = run.learner, run.recipe
    torch.manual_seed(stream(run.setup.spec, "dropout"))
    optimizer = make_optimizer(recipe, learner.network, learner.optimised, learner.rates)
    criterion = run.criterion(batches.device)
    for step, (inputs, wanted) in enumerate(zip(batches, targets, strict=True)):
        for group in optimizer.param_groups:
            group["lr"] = run.schedule(step) * group.get("lr_scale", 1.0)
        optimizer.zero_grad(set_to_none=True)
        with hardware.autocast():
            loss = criterion(cast(Tensor, learner.network(inputs)), wanted)
        loss.backward()
        optimizer.step()
        yield loss.detach()
