"""The MLflow library and its client where they need care: imported late, and written to within its limits."""

from __future__ import annotations

import importlib
import logging
import os
import socket
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from harness.execution.mlflow.fields import MetricValue
from harness.execution.mlflow.settings import SERVERS, Location
from harness.spec.secret import redacted

LONGEST = 200


class TrackingError(Exception):
    """The tracking store failed. The message is one line; the records are as they were."""


def one_line(error: BaseException) -> str:
    """The first line of what an error says, or its kind where it says nothing; at most 200 characters."""
    text = redacted(str(error).strip())
    line = text.splitlines()[0] if text else type(error).__name__
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."


CONNECT_SECONDS = 1.5

ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    # MLflow's own 7 retries of 120 seconds would hold the end of a sweep for minutes when a server dies; and where only
    # the answer was lost, to ask again for a run makes a second one.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
}
"""Set where the user has not set them: MLflow reads them when it is imported and at each request."""


def library() -> Any:
    """The module `mlflow`; the first call takes some three seconds."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    module = importlib.import_module("mlflow")
    for noisy in ("mlflow", "alembic"):
        logging.getLogger(noisy).setLevel(os.environ["MLFLOW_LOGGING_LEVEL"].upper())
    return module


def require_answer(location: Location) -> None:
    """Knock at a server's door, so that one that is away costs 1.5 seconds and not MLflow's retries.

    Raises:
        TrackingError: nothing listens there.
    """
    parts = urlsplit(location.uri)
    if parts.scheme not in SERVERS or parts.hostname is None:
        return
    if parts.scheme in getproxies() and not proxy_bypass(parts.hostname):
        return
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname, port), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        raise TrackingError(error.strerror or str(error)) from None


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
