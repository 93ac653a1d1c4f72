"""Before the steps of a structure are captured: a few of them in float64, captured and as they are."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from harness.execution.packing.capture import StaticStep
from harness.execution.packing.equivalence import IMAGES, STEPS, Agreement, batches_of, deviation, state_of, twin
from harness.execution.packing.packed_run import PackedRun
from harness.spec.streams import stream
from harness.training.hardware import Hardware
from harness.training.recipe.objective import make_mixing
from harness.training.setup import Setup
from harness.training.step import Step, cut

ROUNDED = 1e-2
"""The largest relative deviation of a loss in the run's own precision: there it is only to be seen that it is
captured, too."""


class _RoundedRate(Step):
    """The ordinary step at rates that are float32, as the captured one has them."""

    def __call__(self, inputs: Tensor, targets: Tensor, rate: float, parts: int) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = float(torch.tensor(rate) * group.get("lr_scale", 1.0))
        self._compute(cut(inputs, targets, parts), len(inputs))


def sound(setup: Setup, step: type[Step] = StaticStep) -> Agreement:
    """Take some steps with copies of a run's network on its device; its random numbers are not touched."""
    own = setup.hardware
    exact = replace(own, precision="float32")
    run = PackedRun(setup, own.device)
    with torch.random.fork_rng([own.device] if own.device.type == "cuda" else []):
        if _learns_by_turns(run):
            return Agreement(float("inf"), "what learns changes from epoch to epoch")
        try:
            found, expected = (_course(run, each, torch.float64, exact) for each in (step, _RoundedRate))
            rounded, wanted = (_course(run, each, torch.float32, own)[0] for each in (step, _RoundedRate))
        except Exception as error:  # whatever cannot be captured is a reason not to
            return Agreement(float("inf"), f"{type(error).__name__}: {error}".splitlines()[0])
    moved = max(run.schedule(number) for number in range(STEPS))
    largest = max(deviation(*pair, moved) for pair in zip(found, expected, strict=True))
    if deviation(rounded, wanted, moved) > ROUNDED:
        return Agreement(max(largest, float(deviation(rounded, wanted, moved))), f"losses differ in {own.precision}")
    return Agreement(largest)


def _learns_by_turns(run: PackedRun) -> bool:
    learner, seen = run.learner, set()
    for epoch in range(run.recipe.epochs):
        learner.begin_epoch(epoch)
        seen.add(tuple(parameter.requires_grad for parameter in learner.network.parameters()))
    return len(seen) > 1


def _course(run: PackedRun, step: type[Step], dtype: torch.dtype, hardware: Hardware) -> list[Tensor]:
    """The losses of some steps of a copy, [steps], and its parameters and buffers after them."""
    setup, copied = run.setup, twin(run, dtype, hardware.device)
    mix = make_mixing(setup.spec, len(setup.dataset.classes))
    [inputs], [labels] = batches_of([run], STEPS, IMAGES)
    torch.manual_seed(stream(setup.spec, "dropout"))
    take = copied.stepper(step, hardware)
    losses = []
    for number in range(STEPS):
        images, targets = inputs[number].to(hardware.device, dtype), labels[number].to(hardware.device)
        if mix:
            images, targets = mix(images, targets)
        take.total.zero_()
        take(images, targets, copied.schedule(number), copied.recipe.grad_accum_steps)
        losses.append(take.total.clone())
    return [torch.stack(losses), *state_of(copied.learner.network)]
