"""A sweep sent to MLflow, and what is there of it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from mlflow import MlflowClient

from harness.execution.mlflow.parent import SWEEP
from harness.execution.mlflow.settings import Settings
from harness.spec.variants import load_variant


def sweep(
    settings: Settings, study: dict[str, Any], folder: Path, records: list[dict[str, Any]], lasts: float = 0.0
) -> Any:
    """Log records as a sweep that lasts so many seconds does, with a report and a figure; returns the tracker."""
    tracker = load_variant("harness.execution.tracking", "mlflow")(settings)
    folder.mkdir(parents=True, exist_ok=True)
    report = folder / "report.md"
    report.write_text("# Report", encoding="utf-8")
    figure = folder / "figures" / "map.svg"
    figure.parent.mkdir(exist_ok=True)
    figure.write_text("<svg/>", encoding="utf-8")
    tracker.start(study, folder, len(records))
    for record in records:
        tracker.log(record)
        time.sleep(lasts / len(records))
    tracker.finish([report, figure], ["There is a **gap**."], {"gap": 12.0, "nothing": float("nan")})
    return tracker


def runs_of(settings: Settings, name: str = "gap") -> tuple[Any, list[Any], list[Any]]:
    """The client, the parents and the children of a study."""
    client = MlflowClient(settings.uri)
    runs = list(client.search_runs([client.get_experiment_by_name(name).experiment_id]))
    children = [run for run in runs if "mlflow.parentRunId" in run.data.tags]
    return client, [run for run in runs if SWEEP in run.data.tags], children
