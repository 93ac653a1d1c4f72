"""One prediction: a method against another, where, in what, which way, and by how much."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from harness.spec.spec import Part
from harness.spec.variants import suggest

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


def _initial(name: str) -> Callable[[Record], float]:
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
    "average_precision": Measure("test mean average precision", _metric("average_precision")),
    "auroc": Measure("test AUROC", _metric("auroc")),
    "sensitivity_at_specificity": Measure(
        "test sensitivity where the validation part keeps a specificity", _metric("sensitivity_at_specificity")
    ),
    "brier_score": Measure("Brier score", _metric("brier_score"), "squared distance"),
    "f1_macro": Measure("test macro F1", _metric("f1_macro")),
    "f1_micro": Measure("test micro F1", _metric("f1_micro")),
    "f1_macro_half": Measure("test macro F1 at a threshold of 0.5", _metric("f1_macro_half")),
    "f1_micro_half": Measure("test micro F1 at a threshold of 0.5", _metric("f1_micro_half")),
    "loss": Measure("test loss", _metric("loss"), "nats"),
    "calibration_error": Measure("expected calibration error", _metric("calibration_error")),
    "initial_loss": Measure("loss before the first step", _initial("initial_loss"), "nats"),
    "first_gradient": Measure("first gradient norm of the backbone", _first_gradient, "times", ratio=True),
    "largest_gradient": Measure("largest gradient norm of the backbone", _largest_gradient, "times", ratio=True),
    "lost": Measure("points lost by the mistake in the evaluation", _lost, within=True),
    "memory_ratio": Measure("peak memory of a batch", _of_evaluation("peak_bytes"), "times", True, True),
    "time_ratio": Measure("seconds of an image", _of_evaluation("seconds_per_image"), "times", True, True),
}


Direction = Literal["higher", "lower", "no_lower", "no_higher", "different", "equivalent", "as_born"]


class Expectation(Part):
    """What a claim says of the runs of a study, fixed before they are made.

    Runs with the settings of `arm` are compared with those of `against` that agree in everything else and in the seed;
    without `against` the measure is one of a single run, compared with no effect. `where` narrows the rows; a list
    stands for any of its values. `by` is in the units of the measure (points, nats), for ratios a factor; none is the
    study's margin where that is the unit, else nothing (a factor of 1).
    `as_born` takes the direction from each row's initial losses: `lower` where the arm's runs start at a loss more
    than half a nat above the others', `no_lower` elsewhere.
    """

    claim: int = Field(ge=1, description="the number of the claim in harness/analysis/claims/claims.yaml")
    says: str = Field(min_length=1, description="the prediction in words")
    arm: dict[str, Any] = Field(min_length=1)
    against: dict[str, Any] = Field(default_factory=dict)
    where: dict[str, Any] = Field(default_factory=dict)
    measure: str = "score"
    expects: Direction
    by: float | None = Field(default=None, gt=0)

    @field_validator("measure")
    @classmethod
    def _is_measured(cls, name: str) -> str:
        if name not in MEASURES:
            raise ValueError(f"there is no measure '{name}'; {suggest(name, MEASURES)}")
        return name

    @model_validator(mode="after")
    def _is_whole(self) -> Expectation:
        if not self.against and not MEASURES[self.measure].within:
            raise ValueError(f"expects: {self.measure} is compared with another arm; name it in against")
        if self.against and set(self.against) != set(self.arm):
            raise ValueError("expects: arm and against have to name the same settings")
        return self
