"""The MLflow library, imported late and quiet, and a look whether its server is there at all."""

from __future__ import annotations

import importlib
import logging
import os
import socket
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from harness.execution.mlflow.errors import TrackingError
from harness.execution.mlflow.location import SERVERS, Location

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
