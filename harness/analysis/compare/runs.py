"""Two runs compared."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from harness.analysis.compare.comparison import Compared, Section
from harness.analysis.compare.curve import curve
from harness.analysis.compare.machinery import apart, provenance
from harness.analysis.compare.predictions import predictions
from harness.analysis.compare.side import Run
from harness.analysis.facts import facts
from harness.analysis.settings import settings
from harness.spec.spec import Spec

BIRTH = (
    "initial_loss",
    "uniform_loss",
    "logit_std",
    "head_std",
    "parameters",
    "trainable_parameters",
    "backbone_hash",
    "weights_variant",
    "weights_loaded",
    "preprocessing",
    "rates",
    "batchnorm",
    "split_hash",
    "test_hash",
)


def compare_runs(a: Run, b: Run) -> Compared:
    """What differs in spec, birth certificate, curve, metrics, predictions and provenance; differences are b - a."""
    return Compared(
        "run",
        a.name,
        b.name,
        (
            _unequal("Spec", _settings(a.record), _settings(b.record)),
            _numbers("Birth certificate", *(_some(facts(run.record), BIRTH) for run in (a, b))),
            curve(a.record, b.record),
            _numbers("Metrics", *(_scalars(run.record.get("metrics") or {}) for run in (a, b))),
            predictions(a, b),
            _unequal("Provenance", provenance(a.record), provenance(b.record)),
        ),
        apart(a.record, b.record),
    )


@cache
def _defaults() -> dict[str, Any]:
    return settings(Spec().model_dump(mode="json"))


def _settings(record: dict[str, Any]) -> dict[str, Any]:
    """A field that an old record lacks was at its default."""
    return {**_defaults(), **settings(record.get("spec") or {})}


def _some(values: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: values.get(name) for name in names}


def _scalars(metrics: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in metrics.items() if isinstance(value, int | float)}


def _unequal(title: str, a: Mapping[str, Any], b: Mapping[str, Any]) -> Section:
    rows = tuple((name, a.get(name), b.get(name)) for name in {**a, **b} if a.get(name) != b.get(name))
    return Section(title, (), ("differs", "a", "b"), rows) if rows else Section(title, ("Nothing differs.",))


def _numbers(title: str, a: Mapping[str, Any], b: Mapping[str, Any]) -> Section:
    """Differences where both are numbers. What only one of the two has is told apart: it was measured since, or not."""
    shared = [name for name in a if a[name] is not None and b.get(name) is not None]
    rows = tuple((name, a[name], b[name], _difference(a[name], b[name])) for name in shared if a[name] != b[name])
    alone = [name for name in {**a, **b} if (a.get(name) is None) != (b.get(name) is None)]
    told = [f"{len(shared) - len(rows)} of {len(shared)} values are equal."]
    if alone:
        told.append(f"Known of one of the two only: {', '.join(alone)}.")
    return Section(title, tuple(told), ("differs", "a", "b", "b - a"), rows) if rows else Section(title, tuple(told))


def _difference(a: Any, b: Any) -> float | None:
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (a, b))
    return b - a if numbers else None
