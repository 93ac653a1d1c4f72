"""The experiment of a study, with its views and its description."""

from __future__ import annotations

import re
import sqlite3
from contextlib import AbstractContextManager, closing, nullcontext
from typing import Any

from filelock import FileLock

from harness.execution.mlflow.comparison import MethodComparison
from harness.execution.mlflow.description import described, first_note
from harness.execution.mlflow.fields import RUN_ID, compared
from harness.execution.mlflow.settings import Location
from harness.execution.mlflow.view import VIEW_TAG, views


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
    return experiment


def _make(client: Any, location: Location, study: dict[str, Any]) -> str:
    name, root, note = study["name"], location.artifacts, first_note(study)
    made: str = client.create_experiment(
        name,
        artifact_location=root and f"{root}/{re.sub(r'[^A-Za-z0-9._-]', '_', name)}",
        tags={
            "mlflow.experimentKind": "custom_model_development",  # or the UI asks for it
            "mlflow.experiment.primaryMetric.name": compared(study),
            "mlflow.experiment.primaryMetric.greaterIsBetter": "true",
            **views(study, MethodComparison(study)),
            **described(note),
        },
    )
    return made


def set_views(client: Any, experiment: str, study: dict[str, Any], comparison: MethodComparison) -> None:
    """Keep the views of a study up to what it compares."""
    tags = client.get_experiment(experiment).tags
    for tag, content in views(study, comparison).items():
        if tags.get(tag) != content:
            client.set_experiment_tag(experiment, tag, content)


def newest_study(client: Any) -> str | None:
    """The id of the experiment with the newest run of a study; None where there is none."""
    studies = [found.experiment_id for found in client.search_experiments(filter_string=f"tags.`{VIEW_TAG}` LIKE '%'")]
    condition, order = f"tags.`{RUN_ID}` LIKE '%'", ["start_time DESC"]
    runs = client.search_runs(studies, condition, max_results=1, order_by=order) if studies else []
    return runs[0].info.experiment_id if runs else None
