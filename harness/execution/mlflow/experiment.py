"""The experiment of a study, and a saved view for MLflow's UI: finished runs, averaged over the seeds."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import AbstractContextManager, closing, nullcontext
from typing import Any

from filelock import FileLock

from harness.execution.mlflow.fields import METHOD
from harness.execution.mlflow.settings import Location

KEY = "harness"
VIEW_TAG = f"mlflow.sharedViewState.{KEY}"

COLUMNS = (
    "params.`creation`",
    "params.`init`",
    "params.`backbone.name`",
    "params.`recipe.lr`",
    "params.`seed`",
    "metrics.`test_top1`",
    "metrics.`val_top1`",
    "metrics.`initial_loss`",
)

STATE = {
    "searchFilter": "tags.status = 'finished'",
    "orderByKey": "metrics.`test_top1`",
    "orderByAsc": False,
    "startTime": "ALL",
    "lifecycleFilter": "Active",
    "datasetsFilter": [],
    "modelVersionFilter": "All Runs",
    "selectedColumns": COLUMNS,
    "groupBy": {"aggregateFunction": "average", "groupByKeys": [{"mode": "tag", "groupByData": METHOD}]},
    "groupsExpanded": {},
    "runsExpanded": {},
    "runsPinned": [],
    "runsHidden": [],
    "runsVisibilityMap": {},
    "runsHiddenMode": "SHOW_ALL",
    "useGroupedValuesInCharts": True,
    "hideEmptyCharts": True,
    "viewMaximized": False,
    "runListHidden": False,
    "isAccordionReordered": False,
}

VIEW = json.dumps(STATE)


def page(address: str, experiment: int | str) -> str:
    """The address of an experiment's runs in this view, in the UI's mode for model training."""
    return f"{address}/#/experiments/{experiment}/runs?workflowType=machine_learning&viewStateShareKey={KEY}"


def _write_ahead(location: Location) -> None:
    """SQLite's write-ahead log: a commit waits for one write to the disk instead of three, and readers do not wait.

    The mode stays with the file: https://www.sqlite.org/wal.html
    """
    if location.database is not None:
        with closing(sqlite3.connect(location.database)) as database:
            database.execute("PRAGMA journal_mode=WAL")


def _alone(location: Location) -> AbstractContextManager[Any]:
    """Two processes that meet a fresh SQLite file would both create its tables, and break each other."""
    if location.database is None:
        return nullcontext()
    location.database.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(location.database.with_suffix(".lock"))


def open_experiment(client: Any, location: Location, study: dict[str, Any]) -> str:
    """The id of the study's experiment: made where there is none, restored where it was deleted."""
    name = study["name"]
    with _alone(location):
        _write_ahead(location)
        found = client.get_experiment_by_name(name)
        if found is None:
            try:
                return _make(client, location, study)
            except Exception:  # a sweep on another machine was quicker
                found = client.get_experiment_by_name(name)
                if found is None:
                    raise
    experiment: str = found.experiment_id
    if found.lifecycle_stage == "deleted":
        client.restore_experiment(experiment)
    if found.tags.get(VIEW_TAG) != VIEW:
        client.set_experiment_tag(experiment, VIEW_TAG, VIEW)
    return experiment


def _make(client: Any, location: Location, study: dict[str, Any]) -> str:
    name, root = study["name"], location.artifacts
    made: str = client.create_experiment(
        name,
        artifact_location=root and f"{root}/{re.sub(r'[^A-Za-z0-9._-]', '_', name)}",
        tags={
            "mlflow.experimentKind": "custom_model_development",  # or the UI asks for it
            "mlflow.experiment.primaryMetric.name": "test_top1",
            "mlflow.experiment.primaryMetric.greaterIsBetter": "true",
            VIEW_TAG: VIEW,
            "mlflow.note.content": study.get("claim") or study.get("title") or name,
        },
    )
    return made
