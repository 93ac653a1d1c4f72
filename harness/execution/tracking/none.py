"""No tracking: records alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.execution.mlflow.settings import Settings, require
from harness.execution.tracker import Tracker


class Nothing:
    """A tracker that shows nothing and costs nothing."""

    seconds = 0.0
    run_seconds: tuple[float, ...] = ()

    def start(self, study: dict[str, Any], study_folder: Path, n_runs: int) -> None:
        """Nothing to open."""

    def log(self, record: dict[str, Any]) -> None:
        """Nothing to send."""

    def finish(self, answer_paths: list[Path], sentences: list[str], metrics: dict[str, float]) -> None:
        """Nothing to close."""


def none(settings: Settings) -> Tracker:
    """A tracker that does nothing.

    Raises:
        RequestError: a server is named, which would have no effect.
    """
    require(settings)
    return Nothing()
