"""The model card: what a registered model is, in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.analysis.choices import TITLES, validated
from harness.analysis.statistics import t_interval
from harness.diagnose.audit.report import Report
from harness.diagnose.registry.choice import BestRun
from harness.diagnose.registry.repeat import Repeated
from harness.execution.mlflow.naming import cell as cell_name

LONGEST = 5000
"""What MLflow's database keeps of a version's description, in characters."""


def measured(choice: BestRun) -> dict[str, float]:
    """The study's metric over the seeds of the cell: how many, mean, deviation and the 95 % interval of the mean."""
    found: dict[str, float] = {"seeds": float(len(choice.cell))}
    for name, column in ((choice.study.metric, "score"), (f"val_{validated(choice.study.metric)}", "val_score")):
        mean, sd = float(choice.cell[column].mean()), float(choice.cell[column].std())
        low, high, _ = t_interval(*(np.array([value], float) for value in (found["seeds"], mean, sd)))
        values = {"mean": mean, "std": sd, "low": float(low[0]), "high": float(high[0])}
        found |= {f"{name}_{end}": value for end, value in values.items() if np.isfinite(value)}
    return found


def card(choice: BestRun, repeated: Repeated, reports: Sequence[Report]) -> str:
    """The card, at most 5,000 characters: what, data, recipe, metrics with intervals, audit, limits, licence."""
    record = choice.record
    environment = Environment(
        loader=PackageLoader("harness.diagnose.registry"),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    metrics: dict[str, Any] = record["metrics"]
    text = environment.get_template("card.md.j2").render(
        choice=choice,
        record=record,
        spec=repeated.spec,
        cell=cell_name(record["spec"]),
        data=record["data"],
        metrics=metrics,
        measured=measured(choice),
        metric=choice.study.metric,
        validation=validated(choice.study.metric),
        title=TITLES[choice.study.metric],
        repeated=repeated,
        reports=reports,
        weights=(record.get("birth") or {}).get("weights") or {},
        provenance=record["provenance"],
    )
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 4]} ..."
