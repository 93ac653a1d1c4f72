"""What `harness audit` and `harness predict` say of every configuration of a study, without any of its runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import pandas as pd

from harness.analysis.axes import ordered
from harness.analysis.settings import settings
from harness.diagnose.audit.planned import audit_spec
from harness.diagnose.audit.report import SEVERITIES
from harness.diagnose.predict.coefficients import coefficients
from harness.diagnose.predict.forecast import forecasts
from harness.diagnose.predict.limits import outside
from harness.diagnose.predict.probes import SEEDS, measure
from harness.execution.choose import deal
from harness.spec.identity import configuration_id
from harness.spec.machine import Machine
from harness.spec.spec import Creation, Spec
from harness.training.hardware import find_hardware
from harness.training.setup import Setup

BASELINE, OTHER = "create_model", "swap_head"
INIT = "keep"
PROBE = "linear_probe"

SETTINGS = [
    "backbone", "weights", "data", "data.classes", "data.size", "data.samples", "transfer",
    "recipe.optimizer", "recipe.batch_size", "recipe.epochs", "recipe.lr",
]  # fmt: skip
"""What tells configurations apart, named as in a study's summary."""

POINTS = ["gap", "low", "high"]
TOLD = ["severity", "findings", "kind", *POINTS, "reasons"]
DECIMALS = 2
HEALTHY = "none"

Pair = tuple[Spec, Spec]


def foretold(specs: Sequence[Spec], machine: Machine) -> pd.DataFrame:
    """One row for each configuration of which both creation methods are among the `specs`, at replicate 0.

    `severity` is that of the gravest finding of an audit of `create_model`, `findings` are all of them. `kind` says
    where `gap` and its interval [`low`, `high`] come from, in points, `swap_head` minus `create_model`: "measured" on
    validation by running the probes, "predicted" of the test part by the fitted prediction, "same" where the two start
    alike, "outside" where the fit has nothing to say and there is no number; then `reasons` are told.
    """
    rows = [row for group in _groups(specs) for row in _rows(group, machine)]
    table = pd.DataFrame(rows, columns=[*SETTINGS, *TOLD]).round(dict.fromkeys(POINTS, DECIMALS))
    return ordered(table, SETTINGS).reset_index(drop=True)


def pairs(specs: Sequence[Spec]) -> list[Pair]:
    """`create_model` and `swap_head` of each configuration that has both, in the order of the first."""
    plain = [spec for spec in specs if spec.init.name == INIT and spec.replicate == 0]
    others = {_as_baseline(spec): spec for spec in plain if spec.creation.name == OTHER}
    firsts = [spec for spec in plain if spec.creation.name == BASELINE]
    return [(spec, others[configuration_id(spec)]) for spec in firsts if configuration_id(spec) in others]


def _as_baseline(spec: Spec) -> str:
    return configuration_id(spec.model_copy(update={"creation": Creation(name=BASELINE)}))


def _groups(specs: Sequence[Spec]) -> Iterator[list[Pair]]:
    """Pairs that differ in the learning rate alone, which share features and rehearsal."""

    def rest(pair: Pair) -> str:
        return configuration_id(_at(pair[0], 1.0))

    # By architecture and data first: what one group has computed serves the next.
    by_data = sorted(pairs(specs), key=lambda pair: (pair[0].backbone.name, str(pair[0].data), rest(pair)))
    for _, group in groupby(by_data, rest):
        yield list(group)


def _rows(group: list[Pair], machine: Machine) -> Iterator[dict[str, Any]]:
    first, second = group[0]
    rates = [one.recipe.lr for one, _ in group]
    told = _measured if first.transfer.name == PROBE else _predicted
    for (one, _), answer in zip(group, told(first, second, rates, machine), strict=True):
        columns = settings(one.model_dump(mode="json"))
        yield {name: columns[name] for name in SETTINGS} | _audited(one) | answer


def _audited(spec: Spec) -> dict[str, Any]:
    findings = audit_spec(spec).findings
    gravest = [severity for severity in SEVERITIES if any(one.severity == severity for one in findings)]
    listed = sorted({f"{one.id}:{one.severity}" for one in findings})
    return {"severity": gravest[0] if gravest else HEALTHY, "findings": " ".join(listed)}


def _measured(first: Spec, second: Spec, rates: Sequence[float], machine: Machine) -> Iterator[dict[str, Any]]:
    _, settled = deal(machine, 2 * SEEDS * len(rates))
    _ = Setup(first, settled, find_hardware(settled)).test  # features, kept: the processes that train inherit them
    for one in measure(first, second, rates, machine):
        yield {"kind": "measured", "gap": one.gap, "low": one.low, "high": one.high}


def _predicted(first: Spec, second: Spec, rates: Sequence[float], machine: Machine) -> Iterator[dict[str, Any]]:
    fitted = coefficients().fitted
    for one in forecasts(first, second, rates):
        reasons = [] if one.same else list(outside(_at(first, one.lr), _at(second, one.lr), one, fitted))
        if reasons:
            yield {"kind": "outside", "reasons": "; ".join(reasons)}
        else:
            yield {"kind": "same" if one.same else "predicted", "gap": one.gap, "low": one.low, "high": one.high}


def _at(spec: Spec, rate: float) -> Spec:
    return spec.model_copy(update={"recipe": spec.recipe.model_copy(update={"lr": rate})})
