"""The settings of a prediction: the configurations of a study, what each prediction is made of, and pairs of them.

A setting is a pair of creations under one recipe on one data set.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from harness.cli import configuration
from harness.cli.requests import requests
from harness.diagnose.predict.ingredients import ingredients
from harness.diagnose.predict.stage import entrant
from harness.spec.errors import RequestError
from harness.spec.identity import cell_id
from harness.spec.spec import Spec
from harness.spec.variants import suggest

STUDIES = "experiment"
SETTING = ["backbone", "data", "size", "classes", "train_size", "optimizer", "lr", "epochs", "steps", "batch_size"]
DECIMALS = 6


def configurations(study: str) -> list[Spec]:
    """One spec for each configuration of the committed study `experiments/STUDY.yaml`, with seed 0.

    Raises:
        RequestError: there is no such study, or one of its configurations is refused.
    """
    folder = configuration.folder().absolute()
    studies = folder / STUDIES
    known = sorted(str(file.relative_to(studies).with_suffix("")) for file in studies.glob("**/*.yaml"))
    if study not in known:
        raise RequestError(f"settings: there is no study '{study}'; {suggest(study, known)}")
    chosen = f"+{STUDIES}={study}"
    with initialize_config_dir(config_dir=str(folder), version_base="1.3"):
        whole = compose(configuration.NAME, overrides=[chosen], return_hydra_config=True)
    sweeper = OmegaConf.to_container(whole.hydra.sweeper, resolve=False)
    assert isinstance(sweeper, dict)
    found: dict[str, Spec] = {}
    for block in sweeper["blocks"].values() or [{}]:
        axes = {**sweeper["params"], **(block or {}), "seed": 0}
        for request in requests([chosen, *(f"{key}={value}" for key, value in axes.items())], swept=True):
            found.setdefault(cell_id(request.spec), request.spec)
    return list(found.values())


def table(specs: Sequence[Spec], speed: float) -> pd.DataFrame:
    """One row for each configuration: its setting, its method and the ingredients of its prediction.

    Nothing is trained. `speed` is that of the features along their tangents.
    """
    neighbours = sorted(specs, key=lambda spec: (spec.backbone.name, str(spec.data)))
    return pd.DataFrame([_row(spec, speed) for spec in neighbours]).round(DECIMALS)


def _row(spec: Spec, speed: float) -> dict[str, Any]:
    found, recipe = entrant(spec), spec.recipe
    return {
        "cell": cell_id(spec),
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
