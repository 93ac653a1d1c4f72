"""MLflow's client where it needs care: connecting, reading beyond one page, and writing within its limits."""

from __future__ import annotations

from typing import Any

from harness.execution.mlflow.fields import MetricValue
from harness.execution.mlflow.library import library, require_answer
from harness.execution.mlflow.location import Location

METRICS, PARAMS = 800, 100
"""What goes into one batch. MLflow takes 1000 entries in all, of them 100 parameters and 100 tags:
https://mlflow.org/docs/latest/api_reference/rest-api.html#log-batch"""

PAGE = 1000
"""Runs asked for at a time; MLflow's clients cap a page there without saying so."""


def connect(location: Location) -> Any:
    """A client of the store.

    Raises:
        TrackingError: nothing listens at the server's address.
    """
    require_answer(location)
    return library().MlflowClient(location.uri)


def search(client: Any, experiment: str, condition: str) -> list[Any]:
    """All runs of an experiment that meet a condition, oldest first."""
    runs: list[Any] = []
    token = None
    while True:
        page = client.search_runs(
            [experiment], condition, max_results=PAGE, order_by=["start_time ASC"], page_token=token
        )
        runs.extend(page)
        token = page.token
        if not token:
            return runs


def write(client: Any, run: str, metrics: list[MetricValue], params: dict[str, str], tags: dict[str, str]) -> None:
    """Metrics, parameters and tags of a run in one request, or in several where they exceed MLflow's limits.

    The tags, at most 100, go with the last request: once they are there, all is there.
    """
    entities = library().entities
    points = [entities.Metric(point.key, point.value, point.time, point.step) for point in metrics]
    settings = [entities.Param(name, value) for name, value in params.items()]
    while len(points) > METRICS or len(settings) > PARAMS:
        client.log_batch(run, points[:METRICS], settings[:PARAMS])
        points, settings = points[METRICS:], settings[PARAMS:]
    client.log_batch(run, points, settings, [entities.RunTag(name, value) for name, value in tags.items()])
