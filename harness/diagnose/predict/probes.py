"""The gap of two linear probes, measured: running them takes less time than a prediction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from harness.analysis.choices import TITLES, USUAL_OF_LABELS
from harness.analysis.statistics.intervals import t_interval
from harness.execution.choose import deal
from harness.spec.errors import ImpossibleConfiguration
from harness.spec.identity import run_id
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.spec.variants import load_variant

SEEDS = 8
"""Pairs of runs, as many as a verdict needs."""


@dataclass(frozen=True)
class MeasuredGap:
    """`metric` of the second creation minus the first, in points: mean of paired seeds and its 95 % interval.

    That is validation top-1, or where an image has several labels validation mean average precision.

    `same` says that the runs of each pair ended alike in every digit. `first` and `second` are the means of the two.
    """

    lr: float
    gap: float
    low: float
    high: float
    same: bool
    seeds: int
    first: float
    second: float
    metric: str = "top-1"


def measure(first: Spec, second: Spec, rates: Sequence[float], machine: Machine) -> list[MeasuredGap]:
    """Run both probes at each learning rate with the seeds from the plan's own on; nothing is left behind.

    The test part is left for the study: what is measured may decide how that is run.

    Raises:
        ImpossibleConfiguration: a probe cannot be run as asked; with the reason of the first.
    """
    pairs = {
        rate: [(_at(first, rate, seed), _at(second, rate, seed)) for seed in range(first.seed, first.seed + SEEDS)]
        for rate in rates
    }
    specs = list({run_id(spec): spec for both in pairs.values() for pair in both for spec in pair}.values())
    with TemporaryDirectory() as folder:
        _, settled = deal(machine, len(specs))
        records = list(load_variant("harness.execution.executors", "probe")(specs, settled, Path(folder)))
    failed = next((record for record in records if record["status"] == "failed"), None)
    if failed is not None:
        raise ImpossibleConfiguration(str(failed["reason"]))
    metrics = {record["run_id"]: record["metrics"] for record in records}
    metric = "top1" if first.data.targets is None else USUAL_OF_LABELS
    return [
        _compared(rate, [(metrics[run_id(one)], metrics[run_id(two)]) for one, two in both], metric)
        for rate, both in pairs.items()
    ]


def _at(spec: Spec, rate: float, seed: int) -> Spec:
    return spec.model_copy(update={"seed": seed, "recipe": spec.recipe.model_copy(update={"lr": rate})})


def _compared(rate: float, pairs: Sequence[tuple[dict[str, Any], dict[str, Any]]], metric: str) -> MeasuredGap:
    level = f"val_{metric}"
    one, two = (np.array([pair[side][level] for pair in pairs], dtype=np.float64) for side in (0, 1))
    gaps = two - one
    counts, means, sds = (np.array([value], dtype=np.float64) for value in (len(gaps), gaps.mean(), gaps.std(ddof=1)))
    low, high, _ = t_interval(counts, means, sds)
    same = all(first[name] == second[name] for first, second in pairs for name in (level, "val_loss", "loss"))
    levels = float(one.mean()), float(two.mean())
    return MeasuredGap(rate, float(means[0]), float(low[0]), float(high[0]), same, len(pairs), *levels, TITLES[metric])
