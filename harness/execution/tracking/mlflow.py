"""MLflow: a study is an experiment, a sweep a parent run, and each run its child."""

from __future__ import annotations

import sys

from harness.execution.mlflow.queued import QueuedTracker
from harness.execution.mlflow.settings import INSTALL, Settings, installed
from harness.execution.tracker import Tracker
from harness.execution.tracking.none import Nothing


def mlflow(settings: Settings) -> Tracker:
    """A tracker that sends records to MLflow from a thread of its own.

    The library is imported in that thread at the first use.

    Where the library is not installed and no server is named, records alone are kept, which is told in a line.

    Raises:
        RequestError: a server is named and MLflow is not installed, or the address is none that it understands.
    """
    if settings.uri is None and not installed():
        print(
            f"tracking: MLflow is not installed; records are kept, and harness sync sends them later ({INSTALL}; "
            "tracking=none leaves out this line)",
            file=sys.stderr,
            flush=True,
        )
        return Nothing()
    return QueuedTracker(settings)
