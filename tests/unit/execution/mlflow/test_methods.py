"""What is shown of a method: means over all its runs, however many, and in a store of its own place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.execution.mlflow.methods import Methods
from harness.execution.mlflow.settings import Settings
from harness.execution.mlflow.sync import sync
from harness.records.store import RECORD, write_text

Make = Callable[..., dict[str, Any]]


def test_means_are_over_all_runs_of_the_study(make_record: Make, study: dict[str, Any]) -> None:
    """However many: MLflow's own groups hold what a page has loaded, the best hundred."""
    records = [make_record("create_model", seed) for seed in range(150)]
    means = Methods(study, records).means()["create_model"]
    assert means["test_top1"] == pytest.approx(80 + 149 / 2)
    assert means["initial_loss"] == 2.9
    assert means["test_top1_std"] == pytest.approx(43.446, abs=1e-3)
    assert means["runs"] == 150


def test_only_finished_runs_of_the_study_take_part_each_once(make_record: Make, study: dict[str, Any]) -> None:
    other = {**make_record("create_model", 7), "cell_id": "of another study"}
    worse = make_record("create_model", 0)
    worse["metrics"]["top1"] = 10.0
    records = [
        worse,
        make_record("create_model", 0),
        make_record("create_model", 1, status="diverged"),
        make_record("swap_head", 2, status="failed"),
        other,
    ]
    means = Methods(study, records).means()
    assert {name: found["test_top1"] for name, found in means.items()} == {"create_model": 80.0}
    assert means["create_model"]["runs"] == 1


def test_axes_are_numbers_outside_the_arms(make_record: Make, study: dict[str, Any]) -> None:
    records = [make_record("create_model", seed) for seed in range(2)]
    records[1]["spec"]["recipe"] |= {"lr": 0.1, "epochs": 3, "optimizer": "sgd"}
    records[1]["spec"]["replicate"] = 1
    axes = Methods(study, records).axes()
    assert axes["recipe.lr"] == [0.001, 0.1]
    assert set(axes) == {"recipe.lr", "recipe.epochs"}
    assert set(Methods({**study, "arms": ["creation", "recipe.lr"]}, records).axes()) == {"recipe.epochs"}


def test_a_store_follows_the_records(settings: Settings, study_folder: Path, make_record: Make) -> None:
    """A study that grew: one run for each method still, in the colour that it had."""
    pytest.importorskip("mlflow")
    from tests.unit.execution.mlflow.sent import runs_of

    def shown() -> dict[str, Any]:
        client, _, _ = runs_of(settings)
        experiment = client.get_experiment_by_name("gap").experiment_id
        runs = client.search_runs([experiment], "tags.summary = 'method'")
        assert len({run.info.run_name for run in runs}) == len(runs)
        return {run.info.run_name: run for run in runs}

    sync(study_folder, settings)
    before = shown()
    sync(study_folder, settings)
    assert {name: run.info.run_id for name, run in shown().items()} == {
        name: run.info.run_id for name, run in before.items()
    }
    record = make_record("swap_head", 9)
    write_text(study_folder / record["run_id"] / RECORD, json.dumps(record).replace("NaN", "null"))
    sync(study_folder, settings)
    after = shown()
    assert after["swap_head"].data.metrics["test_top1"] == pytest.approx((80 + 81 + 82 + 89) / 4)
    assert after["create_model"].data.metrics == before["create_model"].data.metrics
    colors = {name: run.data.tags["mlflow.runColor"] for name, run in before.items()}
    assert {name: run.data.tags["mlflow.runColor"] for name, run in after.items()} == colors
