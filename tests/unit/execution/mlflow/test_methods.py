"""The run that shows a method, in a store."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.execution.mlflow.settings import Settings
from harness.execution.mlflow.sync import sync
from harness.records.store import RECORD, write_text

Make = Callable[..., dict[str, Any]]


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
