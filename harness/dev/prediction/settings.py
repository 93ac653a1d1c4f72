"""The settings of a prediction: the configurations of a study, what each prediction is made of, and pairs of them.

A setting is a pair of creations under one recipe on one data set.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from harness.diagnose.predict.ingredients import ingredients
from harness.diagnose.predict.stage import entrant
from harness.spec.identity import configuration_id
from harness.spec.spec import Spec

SETTING = ["backbone", "data", "size", "classes", "train_size", "optimizer", "lr", "epochs", "steps", "batch_size"]
DECIMALS = 6


def table(specs: Sequence[Spec], speed: float) -> pd.DataFrame:
    """One row for each configuration: its setting, its method and the ingredients of its prediction.

    Nothing is trained. `speed` is that of the features along their tangents.
    """
    neighbours = sorted(specs, key=lambda spec: (spec.backbone.name, str(spec.data)))
    return pd.DataFrame([_row(spec, speed) for spec in neighbours]).round(DECIMALS)


def _row(spec: Spec, speed: float) -> dict[str, Any]:
    found, recipe = entrant(spec), spec.recipe
    return {
        "cell": configuration_id(spec),
        "backbone": spec.backbone.name,
        "data": spec.data.label,
        "size": spec.data.size,
        "classes": len(found.heads[0].weight),
        "train_size": found.stage.train_size,
        "optimizer": recipe.optimizer,
        "lr": recipe.lr,
        "epochs": recipe.epochs,
        "steps": recipe.epochs * found.stage.steps_per_epoch,
        "batch_size": recipe.batch_size,
        "creation": spec.creation.name,
        "init": spec.init.name,
        **asdict(ingredients(found, recipe, speed)),
    }


def pairs(configured: pd.DataFrame, baseline: str) -> pd.DataFrame:
    """Each method as `first` against the method of init `baseline` as `second`, with the ingredients of both."""
    return pd.DataFrame(list(_pairs(configured, baseline)))


def _pairs(configured: pd.DataFrame, baseline: str) -> Iterator[dict[str, Any]]:
    for setting, group in configured.groupby(SETTING, sort=True):
        [second] = group[group["init"] == baseline].to_dict("records")
        for first in group[group["init"] != baseline].to_dict("records"):
            row = dict(zip(SETTING, setting if isinstance(setting, tuple) else (setting,), strict=True))
            for side, method in (("first", first), ("second", second)):
                row |= {side: method["init"]}
                row |= {
                    f"{side}_{name}": value
                    for name, value in method.items()
                    if name not in (*SETTING, "creation", "init")
                }
            yield row
