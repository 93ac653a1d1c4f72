"""What can be predicted of a run: its test metric and other numbers of its record, and what an evaluation costs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]


@dataclass(frozen=True)
class Measure:
    """`value` reads it from a record, NaN where it is missing; None means the score that the study compares by.

    `ratio`: the value is a logarithm, and bounds are factors. `within`: it compares two numbers of one run.
    """

    text: str
    value: Callable[[Record], float] | None = None
    unit: str = "points"
    ratio: bool = False
    within: bool = False


def _metric(name: str) -> Callable[[Record], float]:
    return lambda record: float(record.get("metrics", {}).get(name, math.nan))


def _birth(name: str) -> Callable[[Record], float]:
    return lambda record: float(record.get("birth", {}).get(name, math.nan))


def _largest_gradient(record: Record) -> float:
    """Logarithm of the largest gradient norm of the backbone that the curve holds."""
    norms = [point.get("grad_norm_backbone") for point in record.get("curve") or []]
    known = [float(norm) for norm in norms if norm]
    return math.log(max(known)) if known else math.nan


def _first_gradient(record: Record) -> float:
    """Logarithm of the backbone's gradient norm at the first point of the curve after the start."""
    for point in record.get("curve") or []:
        if point.get("grad_norm_backbone"):
            return math.log(float(point["grad_norm_backbone"]))
    return math.nan


def _lost(record: Record) -> float:
    metrics = record.get("metrics", {})
    return float(metrics.get("proper_top1", math.nan)) - float(metrics.get("top1", math.nan))


def _of_evaluation(name: str) -> Callable[[Record], float]:
    def value(record: Record) -> float:
        block = record.get("evaluation") or {}
        mistaken, proper = block.get(name), block.get(f"proper_{name}")
        return math.log(mistaken / proper) if mistaken and proper else math.nan

    return value


MEASURES: dict[str, Measure] = {
    "score": Measure("the study's test metric"),
    "top1": Measure("test top-1", _metric("top1")),
    "val_top1": Measure("validation top-1", _metric("val_top1")),
    "loss": Measure("test loss", _metric("loss"), "nats"),
    "calibration_error": Measure("expected calibration error", _metric("calibration_error")),
    "initial_loss": Measure("loss before the first step", _birth("initial_loss"), "nats"),
    "first_gradient": Measure("first gradient norm of the backbone", _first_gradient, "times", ratio=True),
    "largest_gradient": Measure("largest gradient norm of the backbone", _largest_gradient, "times", ratio=True),
    "lost": Measure("points lost by the mistake in the evaluation", _lost, within=True),
    "memory_ratio": Measure("peak memory of a batch", _of_evaluation("peak_bytes"), "times", True, True),
    "time_ratio": Measure("seconds of an image", _of_evaluation("seconds_per_image"), "times", True, True),
}
