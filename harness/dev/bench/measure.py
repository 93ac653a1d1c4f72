"""The harness against the bare loop, and monitors on against monitors off: the same training, by turns."""

from __future__ import annotations

import gc
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import torch

from harness.data.load import load
from harness.data.split import split
from harness.dev.bench.bare_loop import LoopTask, bare_loop
from harness.model.build import build, find_weights
from harness.model.pretrained import preprocessing
from harness.spec.machine import Machine
from harness.spec.spec import Backbone, Data, Recipe, Spec, Transfer
from harness.spec.streams import stream
from harness.training.evaluate import evaluation_steps
from harness.training.hardware import find_hardware
from harness.training.run import run

BACKBONES = ("test_efficientnet", "test_resnet")
BARE, HARNESS, WITHOUT_MONITORS = "bare", "harness", "harness without probes"
VARIANTS = (BARE, HARNESS, WITHOUT_MONITORS)

TOLERANCE = 1e-5
"""Largest difference of losses, in nats, at which two variants are said to have done the same work."""


@dataclass(frozen=True)
class Timing:
    """One training: `position` is its place in its repeat, `phase_s` all from the model on the device to the test.

    `evaluated_at` holds steps, `val_losses` the loss at each, in nats.
    """

    backbone: str
    variant: str
    repeat: int
    position: int
    phase_s: float
    train_s: float
    steps: int
    images: int
    evaluated_at: list[int]
    val_losses: list[float]
    test_loss: float

    @property
    def images_per_s(self) -> float:
        """Training images by the seconds of the whole phase."""
        return self.images / self.phase_s

    @property
    def training_images_per_s(self) -> float:
        """Training images by the seconds of the training steps alone."""
        return self.images / self.train_s

    def as_json(self) -> dict[str, Any]:
        """Fields and both rates by name."""
        rates = {"images_per_s": self.images_per_s, "training_images_per_s": self.training_images_per_s}
        return {**asdict(self), **rates}


@dataclass(frozen=True)
class Ratios:
    """One ratio a repeat, from the two timings of that repeat."""

    values: list[float]

    @property
    def median(self) -> float:
        """The middle one."""
        return median(self.values)

    def as_json(self) -> dict[str, Any]:
        """All of them, the median and the range."""
        return {"raw": self.values, "median": self.median, "range": [min(self.values), max(self.values)]}

    def __str__(self) -> str:
        return f"{self.median:.3f} ({min(self.values):.3f} to {max(self.values):.3f})"


def speed_spec(backbone: str, epochs: int, seed: int = 0) -> Spec:
    """Full fine-tuning on the digits at 32 pixels, without augmentation."""
    return Spec(
        backbone=Backbone(name=backbone),
        data=Data(name="digits", size=32),
        transfer=Transfer(name="full"),
        recipe=Recipe(optimizer="adamw", weight_decay=0.05, epochs=epochs, batch_size=64),
        seed=seed,
    )


def bare_task(spec: Spec, machine: Machine) -> LoopTask:
    """The task that `run` does for the spec: same start, images, order and evaluation points."""
    hardware = find_hardware(machine)
    dataset = load(spec.data, preprocessing(spec, find_weights(spec)).interpolation)
    train_index, val_index = split(dataset.train, spec.data.val_fraction, stream(spec, "split"))
    built = build(spec, len(dataset.classes))
    test = dataset.load_test()
    steps_per_epoch = len(train_index) // spec.recipe.batch_size
    return LoopTask(
        model=built.model,
        pixels=dataset.train.pixels,
        labels=dataset.train.labels,
        train_index=train_index,
        val_index=val_index,
        test_pixels=test.pixels,
        test_labels=test.labels,
        mean=built.preprocessing.mean,
        std=built.preprocessing.std,
        device=hardware.device,
        autocast=None if hardware.precision == "float32" else getattr(torch, hardware.precision),
        lr=spec.recipe.lr,
        weight_decay=spec.recipe.weight_decay,
        epochs=spec.recipe.epochs,
        batch_size=spec.recipe.batch_size,
        evaluate_at=evaluation_steps(steps_per_epoch, spec.recipe.epochs),
        order_seed=stream(spec, "order"),
        dropout_seed=stream(spec, "dropout"),
    )


def _time_bare(spec: Spec, machine: Machine) -> dict[str, Any]:
    task = bare_task(spec, machine)
    # As `run` sets them, so that both sides compute with the same algorithms.
    torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic = False, True
    devices = [task.device] if task.device.type == "cuda" else []
    gc.collect()
    with torch.random.fork_rng(devices):
        outcome = asdict(bare_loop(task))
    del outcome["train_losses"], outcome["seconds"]
    return outcome


def _time_harness(spec: Spec, machine: Machine) -> dict[str, Any]:
    gc.collect()
    record = run(spec, machine)
    timing = record.timing
    return {
        "phase_s": timing["total_s"] - timing["data_s"] - timing["create_s"] - timing["birth_s"],
        "train_s": timing["train_s"],
        "steps": record.metrics["steps"],
        "images": round(timing["train_images"]),
        "evaluated_at": [point["step"] for point in record.curve],
        "val_losses": [point["val_loss"] for point in record.curve],
        "test_loss": record.metrics["loss"],
    }


def measure(backbone: str, epochs: int, repeats: int, machine: Machine) -> list[Timing]:
    """Time every variant once a repeat, in an order that turns round from one repeat to the next.

    One epoch of each comes first and is not counted: memory, kernels and caches are warm then. A repeat's number
    is its seed.
    """
    for variant in VARIANTS:
        _time(variant, speed_spec(backbone, 1), machine)
    timings = []
    for repeat in range(repeats):
        spec = speed_spec(backbone, epochs, repeat)
        turn = VARIANTS if repeat % 2 == 0 else VARIANTS[::-1]
        for position, variant in enumerate(turn):
            fields = _time(variant, spec, machine)
            timings.append(Timing(backbone=backbone, variant=variant, repeat=repeat, position=position, **fields))
    return timings


def _time(variant: str, spec: Spec, machine: Machine) -> dict[str, Any]:
    if variant == BARE:
        return _time_bare(spec, machine)
    return _time_harness(spec, machine.model_copy(update={"monitors": variant == HARNESS}))


def differences(timings: list[Timing]) -> list[str]:
    """Where a variant did not do the work of the bare loop, one line each; empty where all did the same."""
    bare = {(timing.backbone, timing.repeat): timing for timing in timings if timing.variant == BARE}
    found = []
    for timing in timings:
        other = bare[timing.backbone, timing.repeat]
        where = f"{timing.backbone}, repeat {timing.repeat}, {timing.variant}"
        for name in ("steps", "images", "evaluated_at"):
            mine, theirs = getattr(timing, name), getattr(other, name)
            if mine != theirs:
                found.append(f"{where}: {name} is {mine}, the bare loop's {theirs}")
        for name, mine, theirs in (
            ("final validation loss", timing.val_losses[-1], other.val_losses[-1]),
            ("test loss", timing.test_loss, other.test_loss),
        ):
            if not abs(mine - theirs) <= TOLERANCE:
                found.append(f"{where}: {name} is {mine:.7g}, the bare loop's {theirs:.7g}")
    return found


def bitwise(timings: list[Timing]) -> bool:
    """Whether all variants of a repeat have the very same losses at every evaluation and on the test part."""
    losses: dict[tuple[str, int], set[tuple[float, ...]]] = {}
    for timing in timings:
        losses.setdefault((timing.backbone, timing.repeat), set()).add((*timing.val_losses, timing.test_loss))
    return all(len(found) == 1 for found in losses.values())


def ratios(timings: list[Timing], backbone: str, over: str, under: str, rate: str = "images_per_s") -> Ratios:
    """Rate of the variant `over` divided by that of `under`, repeat by repeat."""
    rates = {
        (timing.variant, timing.repeat): float(getattr(timing, rate))
        for timing in timings
        if timing.backbone == backbone
    }
    repeats = sorted({repeat for _, repeat in rates})
    return Ratios([rates[over, repeat] / rates[under, repeat] for repeat in repeats])
