"""The sides: the bare loop, and the harness's own loop with each kind of step; the same training on all of them."""

from __future__ import annotations

import gc
import time
from dataclasses import asdict, dataclass
from typing import Any

import torch

from harness.data.images import Images
from harness.dev.bench.bare_loop import LoopTask, bare_loop
from harness.execution.packing.capture import StaticStep
from harness.model.build import Built, build
from harness.spec.machine import Machine
from harness.spec.spec import Backbone, Data, Recipe, Spec, Weights
from harness.spec.streams import stream
from harness.training.evaluate import evaluation_steps
from harness.training.loop import Training
from harness.training.run import settle
from harness.training.step import Step
from harness.training.transfer.full import full

SIZE, CLASSES = 224, 10

BARE, HARNESS = "bare", "harness"
GRAPHED = "harness, graphed"
COMPILED = "bare, compiled"


@dataclass(frozen=True)
class LargeTiming:
    """One training: after each of the steps in `steps`, the seconds so far, and the mean loss since the last of them.

    `position` is its place in its repeat.
    """

    backbone: str
    side: str
    repeat: int
    position: int
    batch_size: int
    steps: list[int]
    seconds: list[float]
    losses: list[float]
    peak_mib: float | None

    @property
    def images_per_s(self) -> float:
        """After the first step, in which memory is allocated, algorithms are chosen and graphs captured."""
        return self.batch_size * (self.steps[-1] - self.steps[0]) / (self.seconds[-1] - self.seconds[0])

    def as_json(self) -> dict[str, Any]:
        """Its fields and the rate by name."""
        return {**asdict(self), "images_per_s": self.images_per_s}


def sides_on(device: torch.device, compiled: bool) -> tuple[str, ...]:
    """What is compared; steps are only captured on a CUDA device."""
    more = [(GRAPHED, device.type == "cuda"), (COMPILED, compiled)]
    return (BARE, HARNESS, *(side for side, there in more if there))


def images(count: int) -> Images:
    """Random bytes; what they show does not matter here."""
    draw = torch.Generator().manual_seed(0)
    pixels = torch.randint(256, (count, 3, SIZE, SIZE), dtype=torch.uint8, generator=draw)
    return Images(pixels, torch.randint(CLASSES, (count,), generator=draw))


def train(side: str, backbone: str, repeat: int, made: Images, batch_size: int, machine: Machine) -> dict[str, Any]:
    """Train for one epoch; returns the fields of a `LargeTiming`."""
    recipe = Recipe(optimizer="adamw", lr=1e-4, epochs=1, batch_size=batch_size)
    spec = Spec(
        backbone=Backbone(name=backbone), weights=Weights(name="none"), data=Data(name="made", size=SIZE),
        recipe=recipe, seed=repeat,
    )  # fmt: skip
    hardware = settle(machine)
    built = build(spec, CLASSES)
    on_cuda = hardware.device.type == "cuda"
    gc.collect()
    if on_cuda:
        torch.cuda.reset_peak_memory_stats(hardware.device)
    with torch.random.fork_rng([hardware.device] if on_cuda else []):
        found = (
            _bare(side, spec, built, made, machine) if side.startswith(BARE) else _own(side, spec, built, made, machine)
        )
    peak = torch.cuda.max_memory_allocated(hardware.device) / 2**20 if on_cuda else None
    return {**found, "batch_size": batch_size, "peak_mib": peak}


def _own(side: str, spec: Spec, built: Built, made: Images, machine: Machine) -> dict[str, Any]:
    hardware = settle(machine)
    learner = full(spec, built, made, hardware.device)
    labels, every = made.labels.to(hardware.device), torch.arange(len(made))
    step = StaticStep if side == GRAPHED else Step
    training = Training(spec, learner, labels, every, CLASSES, hardware, step=step)
    started = time.perf_counter()
    steps, seconds, losses = [], [], []
    while (reached := training.to_eval_point()) is not None:  # the loss was waited for
        steps.append(reached.step)
        seconds.append(time.perf_counter() - started)
        losses.append(reached.train_loss)
    return {"steps": steps, "seconds": seconds, "losses": losses}


def _bare(side: str, spec: Spec, built: Built, made: Images, machine: Machine) -> dict[str, Any]:
    hardware = settle(machine)
    if side == COMPILED:
        built.model.compile()
    few, recipe = torch.arange(2), spec.recipe
    outcome = bare_loop(
        LoopTask(
            model=built.model,
            pixels=made.pixels,
            labels=made.labels,
            train_index=torch.arange(len(made)),
            val_index=few,
            test_pixels=made.pixels[few],
            test_labels=made.labels[few],
            mean=built.preprocessing.mean,
            std=built.preprocessing.std,
            device=hardware.device,
            autocast=None if hardware.precision == "float32" else getattr(torch, hardware.precision),
            lr=recipe.lr,
            weight_decay=0.0,
            epochs=1,
            batch_size=recipe.batch_size,
            evaluate_at=evaluation_steps(len(made) // recipe.batch_size, 1),
            order_seed=stream(spec, "order"),
            dropout_seed=stream(spec, "dropout"),
        )
    )
    return {"steps": outcome.evaluated_at[1:], "seconds": outcome.seconds, "losses": outcome.train_losses}
