"""The contract of a tracker."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol


class Tracker(Protocol):
    """Shows a sweep's records. No method raises because of a server, and only `finish` waits for it.

    A sweep calls `start` once, `log` for each record (what was shown before is not shown twice), and `finish`
    once. What could not be sent stays in the records, and `harness sync` sends it later.
    """

    @property
    def seconds(self) -> float:
        """Time spent on tracking so far, in seconds, most of it while the sweep went on."""

    @property
    def run_seconds(self) -> Sequence[float]:
        """Of it, the time of each run sent, in seconds, in the order of sending."""

    def start(self, study: dict[str, Any], study_folder: Path, n_runs: int) -> None:
        """Open the sweep: `study` is the content of its study.json, `n_runs` how many runs it asks for."""

    def log(self, record: dict[str, Any]) -> None:
        """Show one record."""

    def finish(self, answer_paths: list[Path], sentences: list[str], metrics: dict[str, float]) -> None:
        """Wait until all is sent, then attach the answer: its files, its sentences and its numbers."""
