"""No tracking: records alone."""

from __future__ import annotations

from harness.execution.mlflow.check import require
from harness.execution.mlflow.nothing import Nothing
from harness.execution.mlflow.settings import Settings
from harness.execution.tracker import Tracker


def none(settings: Settings) -> Tracker:
    """A tracker that does nothing.

    Raises:
        RequestError: a server is named, which would have no effect.
    """
    require(settings)
    return Nothing()
