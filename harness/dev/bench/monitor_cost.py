"""What each monitor costs by itself, beside the training that it watches."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from statistics import median
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from harness.data.load import load
from harness.data.measure import scores_of
from harness.dev.bench.measure import speed_spec
from harness.model.build import build, find_weights
from harness.model.pretrained import preprocessing
from harness.spec.machine import MONITORS, Machine
from harness.spec.variants import load_variant, variants
from harness.training.evaluate import evaluation_steps
from harness.training.hardware import find_hardware
from harness.training.initial_diagnostics import initial_diagnostics
from harness.training.monitors import Monitor, Watched
from harness.training.transfer.full import full

IMAGES = 64


@dataclass(frozen=True)
class MonitorCost:
    """Seconds of single calls of one monitor, and how often a run calls it."""

    backbone: str
    monitor: str
    calls: int
    seconds: list[float]

    @property
    def per_run(self) -> float:
        """Seconds in a run: the median call times the calls."""
        return self.calls * median(self.seconds)

    def as_json(self) -> dict[str, Any]:
        """Its fields and the seconds of a run by name."""
        fields = asdict(self)
        return {"backbone": fields.pop("backbone"), "probe": fields.pop("monitor"), **fields, "per_run_s": self.per_run}


def monitor_costs(
    backbone: str, epochs: int, steps_per_epoch: int, repeats: int, machine: Machine
) -> list[MonitorCost]:
    """Time every monitor that there is on a model after one backward pass; one call before each is not counted."""
    spec, device = speed_spec(backbone, epochs), find_hardware(machine).device
    dataset = load(spec.data, preprocessing(spec, find_weights(spec)).interpolation)
    built = build(spec, len(dataset.classes))
    learner = full(spec, built, dataset.train, device)
    labels = dataset.train.labels[:IMAGES].to(device)
    logits = learner.network(learner.source(torch.arange(IMAGES), None))
    cross_entropy(logits, labels).backward()
    logits = logits.detach()
    images = learner.source(torch.arange(IMAGES), None)
    watched = Watched(built.model, built.heads, learner.learnable, lambda: images)
    scores = scores_of(logits, labels)
    points = len(evaluation_steps(steps_per_epoch, epochs))

    def diagnostics() -> object:
        return initial_diagnostics(built, spec.data.size, logits, labels, learner.learnable)

    calls_of: list[tuple[str, int, Callable[[], object]]] = [("initial diagnostics", 1, diagnostics)]
    for name in variants(MONITORS):
        monitor: Monitor = load_variant(MONITORS, name)(watched)
        monitor.start()
        calls_of += [
            (f"{name}: start", 1, monitor.start),
            (f"{name}: point", points, partial(monitor.point, scores)),
            (f"{name}: finish", 1, monitor.finish),
        ]
    return [MonitorCost(backbone, name, calls, _times(monitor, repeats, device)) for name, calls, monitor in calls_of]


def _times(monitor: Callable[[], object], repeats: int, device: torch.device) -> list[float]:
    monitor()
    seconds = []
    for _ in range(repeats):
        _synchronise(device)
        started = time.perf_counter()
        monitor()
        _synchronise(device)
        seconds.append(time.perf_counter() - started)
    return seconds


def _synchronise(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
