"""What the first steps show of the settings of a study."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

import pandas as pd

from harness.dev.prediction.settings import DECIMALS
from harness.diagnose.predict.stage import few_batches
from harness.diagnose.predict.steps.watch import StepsSeen, watch
from harness.spec.identity import configuration_id
from harness.spec.machine import Machine
from harness.spec.spec import Init, Spec

FEWEST_STEPS = 20
"""Of a plan: of fewer, one step is more than the few per cent that are meant."""


def watched(specs: Sequence[Spec], baseline: str, fraction: float) -> pd.DataFrame:
    """One row for each setting: each method as `first` against the method of init `baseline` as `second`.

    `fraction` of the steps are taken, rounded, at least one. Settings of fewer than 20 steps are left out.
    """
    return pd.DataFrame(list(_rows(specs, baseline, fraction))).round(DECIMALS)


def _rows(specs: Sequence[Spec], baseline: str, fraction: float) -> Iterator[dict[str, Any]]:
    machine = Machine(device="cpu", threads=1)
    for _, group in groupby(sorted(specs, key=_shared), key=_shared):
        members = list(group)
        [second] = [spec for spec in members if spec.init.name == baseline]
        size = few_batches(second, 1).train_size
        total = size // min(second.recipe.batch_size, size) * second.recipe.epochs
        for first in members if total >= FEWEST_STEPS else ():
            if first is not second:
                yield row(first, second, watch(first, second, max(1, round(fraction * total)), machine))


def _shared(spec: Spec) -> str:
    """All but the initialisation of the head."""
    return spec.model_copy(update={"init": Init()}).model_dump_json()


def row(first: Spec, second: Spec, seen: StepsSeen) -> dict[str, Any]:
    """The setting and what was seen of it."""
    recipe = first.recipe
    assert seen.first is not None
    assert seen.second is not None
    return {
        "backbone": first.backbone.name,
        "data": first.data.label,
        "size": first.data.size,
        "classes": seen.classes,
        "train_size": seen.train_size,
        "optimizer": recipe.optimizer,
        "lr": recipe.lr,
        "epochs": recipe.epochs,
        "steps": seen.total,
        "batch_size": recipe.batch_size,
        "first": first.init.name,
        "second": second.init.name,
        "first_cell": configuration_id(first),
        "second_cell": configuration_id(second),
        "taken": seen.steps,
        "fraction": seen.fraction,
        "speed": seen.speed,
        "seconds": seen.seconds,
        "step_seconds": seen.step_seconds,
        **{f"first_{name}": value for name, value in asdict(seen.first).items()},
        **{f"second_{name}": value for name, value in asdict(seen.second).items()},
    }
