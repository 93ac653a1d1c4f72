"""A record in MLflow's terms: parameters, tags and metrics, with MLflow's limits kept."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from harness.execution.mlflow.naming import configuration, method, overrides

RUN_ID = "harness.run_id"
CONFIGURATION_ID = "harness.configuration_id"
CONFIGURATION = "configuration"
"""The tag that runs share which differ in nothing but the seed."""
METHOD = "method"
"""The tag of what a study compares."""

NOTE = "mlflow.note.content"
"""The tag that MLflow's UI shows as description, in Markdown."""

ARMS = ("creation", "init", "replicate")
"""What methods differ in where a study does not say it."""

KEY_LENGTH = 250
PARAM_LENGTH = 6000
TAG_LENGTH = 5000

CURVE = ("val_top1", "val_average_precision", "val_loss", "train_loss", "lr", "grad_norm_head", "grad_norm_backbone")
TEST = {"test_top1": "top1", "test_top5": "top5", "test_loss": "loss", "val_top5": "val_top5"}
SHIFTED = "shift_top1"
BY_CLASS = ("balanced_accuracy", "auroc", "average_precision", "sensitivity", "specificity", "f1")
OPERATING = ("sensitivity_at_specificity", "specificity_reached")
BY_LABEL = ("f1_macro", "f1_micro", "exact_match")
PROBABILITY = ("calibration_error", "brier_score")
AXES = ("creation", "init", "weights", "transfer", "seed", "replicate")
MACHINE = ("git_commit", "git_dirty", "device", "threads", "precision", "executor")
INITIAL = {
    "initial_loss": "initial_loss",
    "initial_uniform_loss": "uniform_loss",
    "initial_logit_std": "logit_std",
    "parameters": "parameters",
    "trainable_parameters": "trainable_parameters",
}


class MetricValue(NamedTuple):
    """One value of a metric; `time` in milliseconds since 1970."""

    key: str
    value: float
    time: int
    step: int


def key(text: str) -> str:
    """A name that MLflow accepts: letters, digits and `_ - . : /` and blanks, at most 250 of them."""
    return re.sub(r"[^\w\-. :/]", "_", text, flags=re.ASCII)[:KEY_LENGTH]


def milliseconds(moment: str | None) -> int:
    """Milliseconds since 1970 of an ISO time; 0 where there is none."""
    return round(datetime.fromisoformat(moment).timestamp() * 1000) if moment else 0


def parameters(record: dict[str, Any]) -> dict[str, str]:
    """The spec, under the names of the command line."""
    return {key(name): value[:PARAM_LENGTH] for name, value in overrides(record["spec"]).items()}


def tags(record: dict[str, Any], arms: Iterable[str] = ARMS) -> dict[str, str]:
    """Identity, the axes that people filter by, and where the run came from; `arms` is what the methods differ in."""
    spec, provenance = record["spec"], record.get("provenance") or {}
    named = overrides(spec)
    shown = {
        RUN_ID: record["run_id"],
        CONFIGURATION_ID: record["cell_id"],
        CONFIGURATION: configuration(spec),
        METHOD: method(spec, arms),
        "status": record["status"],
        "reason": record.get("reason"),
        "backbone": named.get("backbone.name"),
        "data": (record.get("data") or {}).get("label") or named.get("data.label"),
        "mlflow.source.name": "harness",
        "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": provenance.get("git_commit"),
        "mlflow.source.git.dirty": provenance.get("git_dirty"),
        NOTE: record.get("reason"),
    }
    shown |= {name: named.get(name) for name in AXES}
    shown |= {name: provenance.get(name) for name in MACHINE}
    shown |= {f"version.{name}": value for name, value in (provenance.get("versions") or {}).items()}
    shown |= {f"hardware.{name}": value for name, value in (provenance.get("hardware") or {}).items()}
    return {key(name): str(value)[:TAG_LENGTH] for name, value in shown.items() if value is not None}


def _heads(record: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    heads = (record.get("birth") or {}).get("head") or []
    for head in heads:
        suffix = "" if len(heads) == 1 else f".{head['name']}"
        yield f"initial_head_std{suffix}", head["weight"].get("std")


def _distances(record: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Euclidean distance from the start, of the head and of all other tensors together."""
    for part, is_head in (("head", True), ("backbone", False)):
        distances = [row["distance"] for row in record.get("statistics") or [] if row["head"] == is_head]
        if distances and None not in distances:
            yield f"distance_{part}", math.hypot(*distances)


def _once(record: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    metrics, initial = record.get("metrics") or {}, record.get("birth") or {}
    yield from ((name, metrics.get(field)) for name, field in TEST.items())
    yield from (
        (f"test_{name}", metrics.get(name)) for name in (*BY_CLASS, *BY_LABEL, *OPERATING, *PROBABILITY, SHIFTED)
    )
    yield from ((name, initial.get(field)) for name, field in INITIAL.items())
    yield from _heads(record)
    yield from _distances(record)
    yield from ((f"timing_{name}", value) for name, value in (record.get("timing") or {}).items())


def _usage(provenance: dict[str, Any]) -> Iterator[tuple[str, Any, int, int]]:
    """The machine's load, where MLflow's UI looks for it: metrics that begin with `system/`, numbered by reading."""
    for number, reading in enumerate(provenance.get("usage") or []):
        taken = milliseconds(reading["time"])
        yield from ((f"system/{name}", value, taken, number) for name, value in reading.items() if name != "time")


def compared(study: dict[str, Any]) -> str:
    """The metric, by its name in MLflow, that a study compares its methods by."""
    return f"test_{study.get('metric') or 'top1'}"


def final(record: dict[str, Any]) -> dict[str, float]:
    """The last value of each metric, the machine's load apart."""
    curve = [(name, entry.get(name)) for entry in record.get("curve") or [] for name in CURVE]
    return {
        key(name): float(value)
        for name, value in [*curve, *_once(record)]
        if value is not None and math.isfinite(value)
    }


def points(record: dict[str, Any]) -> list[MetricValue]:
    """Curve, final numbers and the machine's load. What is null or not finite is left out.

    Records hold no time for each step, so the steps are spread evenly between the run's start and its end. What
    is measured once stands at step 0, because the UI then draws bars, and else a line through one point.
    """
    provenance = record.get("provenance") or {}
    started, finished = milliseconds(provenance.get("started")), milliseconds(provenance.get("finished"))
    curve = record.get("curve") or []
    last = (record.get("metrics") or {}).get("steps") or (curve[-1]["step"] if curve else 0)
    a_step = (finished - started) / max(last, 1)
    found = [
        (name, entry.get(name), started + round(a_step * entry["step"]), entry["step"])
        for entry in curve
        for name in CURVE
    ]
    found += [(name, value, finished, 0) for name, value in _once(record)]
    found += _usage(provenance)
    return [
        MetricValue(key(name), float(value), time, step)
        for name, value, time, step in found
        if value is not None and math.isfinite(value)
    ]
