"""Two runs compared: spec, initial diagnostics, learning curve, metrics, predictions and provenance."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from harness.analysis.compare.comparison import Compared, Section
from harness.analysis.compare.side import Run
from harness.analysis.curves import COLUMNS
from harness.analysis.facts import facts
from harness.analysis.pairing import MACHINERY
from harness.analysis.settings import settings
from harness.spec.spec import Spec

CURVE = "Learning curve"


def curve(a: dict[str, Any], b: dict[str, Any]) -> Section:
    """Compare the points that both curves have, to the seven digits that records keep."""
    left, right = ({point["step"]: point for point in record.get("curve") or []} for record in (a, b))
    common = sorted(left.keys() & right.keys())
    if not common:
        return Section(CURVE, ("The two have no step in common.",))
    scope = f"{len(common)} common points"
    if left.keys() != right.keys():
        scope += f" (a has {len(left)} up to step {max(left)}, b {len(right)} up to step {max(right)})"
    for step in common:
        rows = tuple(
            (name, left[step].get(name), right[step].get(name))
            for name in COLUMNS
            if name not in ("step", "epoch") and left[step].get(name) != right[step].get(name)
        )
        if rows:
            when = "before the first step" if step == 0 else f"at step {step}"
            return Section(CURVE, (f"They part {when}, of {scope}.",), (f"at step {step}", "a", "b"), rows)
    return Section(CURVE, (f"They are equal in all {scope}.",))


ANSWERS = "Test predictions"


def predictions(a: Run, b: Run) -> Section:
    """How many answers agree, and the exact test of McNemar (1947, Psychometrika 12, 153-157).

    Of the images that one of the two has right and the other wrong, each has half, were both equally good: a binomial
    test, two-sided. It is about these two models on these images; other seeds are another matter. Where an image has
    several labels, an answer is all of them.
    """
    if a.predictions is None or b.predictions is None:
        lacking = " and ".join(run.name for run in (a, b) if run.predictions is None)
        return Section(ANSWERS, (f"No predictions lie beside {lacking}.",))
    if not np.array_equal(a.predictions.label, b.predictions.label) or _test(a) != _test(b):
        return Section(ANSWERS, ("The two were tested on different images, so no answers can be compared.",))
    label, left, right = a.predictions.label, a.predictions.predicted, b.predictions.predicted
    images, equal = len(label), int(_alike(left, right).sum())
    right_a, right_b = _alike(left, label), _alike(right, label)
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    told = f"{equal} of {images} answers are equal ({100 * equal / images:.1f} %)."
    if only_a + only_b == 0:
        return Section(ANSWERS, (told, "No image is right in one and wrong in the other."))
    p = float(scipy.stats.binomtest(only_a, only_a + only_b).pvalue)
    return Section(
        ANSWERS,
        (told, f"{only_a} are right in a alone, {only_b} in b alone: McNemar's exact p is {p:.2g}."),
        ("images", "equal", "right in a alone", "right in b alone", "mcnemar p"),
        ((images, equal, only_a, only_b, p),),
    )


def _alike(one: npt.NDArray[np.int16], other: npt.NDArray[np.int16]) -> npt.NDArray[np.bool_]:
    """Of which images two answers agree, [N], in every label where there are several."""
    found: npt.NDArray[np.bool_] = (one == other).reshape(len(one), -1).all(axis=1)
    return found


def _test(run: Run) -> object:
    return (run.record.get("data") or {}).get("test_hash")


VERSION = "version."


def provenance(record: dict[str, Any]) -> dict[str, Any]:
    """Commit, device, versions and the like as one flat row."""
    given = record.get("provenance") or {}
    flat = {name: given.get(name) for name in ("git_commit", "git_dirty", "device", "threads", "precision", "executor")}
    flat["pipeline"] = given.get("pipeline")
    for versions in ("versions", "libraries"):
        flat |= {f"{VERSION}{name}": value for name, value in (given.get(versions) or {}).items()}
    return flat | {f"hardware.{name}": value for name, value in (given.get("hardware") or {}).items()}


def apart(a: dict[str, Any], b: dict[str, Any]) -> tuple[str, ...]:
    """A warning for each kind of machinery in which two records differ."""
    left, right = provenance(a), provenance(b)
    differing = [key for key in left if None not in (left[key], right.get(key)) and left[key] != right[key]]
    told = {name: f"{left[name]} and {right[name]}" for name in differing}
    versions = [f"{name.removeprefix(VERSION)} {text}" for name, text in told.items() if name.startswith(VERSION)]
    if versions:
        told["versions"] = ", ".join(versions)
    return tuple(f"the two ran on different {name}: {told[name]}" for name in MACHINERY if name in told)


INITIAL = (
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
    """What differs in spec, initial diagnostics, curve, metrics, predictions and provenance; differences are b - a."""
    return Compared(
        "run",
        a.name,
        b.name,
        (
            _unequal("Spec", _settings(a.record), _settings(b.record)),
            _numbers("Initial diagnostics", *(_some(facts(run.record), INITIAL) for run in (a, b))),
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
        told.append(f"Recorded by one of the two only: {', '.join(alone)}.")
    return Section(title, tuple(told), ("differs", "a", "b", "b - a"), rows) if rows else Section(title, tuple(told))


def _difference(a: Any, b: Any) -> float | None:
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (a, b))
    return b - a if numbers else None
