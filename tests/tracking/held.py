"""What a tracking server holds of a study, beside what the study's records say that it should."""

from __future__ import annotations

import json
import tempfile
import urllib.parse
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

from mlflow import MlflowClient

from harness.execution.mlflow import fields
from harness.execution.mlflow.client import search
from harness.execution.mlflow.files import write_files
from harness.execution.mlflow.parent import SWEEP
from harness.records.archive import read_records

BULK_RUNS = 100
"""Runs whose history of one metric MLflow's server tells at a time."""


def _histories(address: str, runs: list[str], metric: str) -> Counter[tuple[str, str, float, int, int]]:
    found: Counter[tuple[str, str, float, int, int]] = Counter()
    for first in range(0, len(runs), BULK_RUNS):
        asked = [("run_id", run) for run in runs[first : first + BULK_RUNS]]
        query = urllib.parse.urlencode([*asked, ("metric_key", metric), ("max_results", "25000")])
        with urllib.request.urlopen(f"{address}/ajax-api/2.0/mlflow/metrics/get-history-bulk?{query}") as answer:
            for point in json.load(answer).get("metrics", []):
                found[point["run_id"], metric, point["value"], point["timestamp"], point["step"]] += 1
    return found


def _files(record: dict[str, Any]) -> dict[str, int]:
    with tempfile.TemporaryDirectory() as folder:
        write_files(record, Path(folder))
        return {path.name: path.stat().st_size for path in Path(folder).iterdir()}


def held(address: str, study: Path) -> dict[str, int]:
    """Counts: records, and what is whole, lost or twofold of them on the server."""
    client = MlflowClient(address)
    experiment = client.get_experiment_by_name(study.name)
    assert experiment is not None, f"no experiment {study.name}"
    runs = search(client, experiment.experiment_id, "")
    children = [run for run in runs if "mlflow.parentRunId" in run.data.tags]
    by_id: dict[str, Any] = {}
    for run in children:
        by_id.setdefault(run.data.tags[fields.RUN_ID], run)
    records = [record for record in read_records(study) if record["run_id"] in by_id]
    expected = Counter((by_id[record["run_id"]].info.run_id, *point) for record in records for point in _points(record))
    there: Counter[tuple[str, str, float, int, int]] = Counter()
    for metric in sorted({point[1] for point in expected}):
        there += _histories(address, [run.info.run_id for run in by_id.values()], metric)
    whole = 0
    for record in records:
        run = by_id[record["run_id"]]
        files = {entry.path: entry.file_size for entry in client.list_artifacts(run.info.run_id)}
        whole += (
            run.data.params == fields.parameters(record)
            and run.info.status == "FINISHED"
            and len(run.inputs.dataset_inputs) == 3
            and files == _files(record)
        )
    parents = [run for run in runs if SWEEP in run.data.tags]
    files = {path for parent in parents for path in (e.path for e in client.list_artifacts(parent.info.run_id))}
    return {
        "records": sum(1 for _ in read_records(study)),
        "runs": len(children),
        "runs_twofold": len(children) - len(by_id),
        "runs_with_all_settings_files_and_data_sets": whole,
        "metric_points": sum(expected.values()),
        "metric_points_lost": sum((expected - there).values()),
        "metric_points_twofold": sum((there - expected).values()),
        "parents": len(parents),
        "reports": sum("report.html" in files for _ in parents),
    }


def _points(record: dict[str, Any]) -> list[tuple[str, float, int, int]]:
    return [(point.key, point.value, point.time, point.step) for point in fields.points(record)]
