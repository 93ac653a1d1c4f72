"""MLflow: a study is an experiment, a sweep a parent run, and each run its child."""

from __future__ import annotations

from harness.tracking.parts.queued import QueuedTracker
from harness.tracking.parts.settings import Settings
from harness.tracking.parts.tracker import Tracker


def mlflow(settings: Settings) -> Tracker:
    """A tracker that sends records to MLflow from a thread of its own.

    The library is imported in that thread at the first use.

    Raises:
        RequestError: MLflow is not installed, or the address is none that it understands.
    """
    return QueuedTracker(settings)
