"""Progress of a sweep: a live bar on a terminal, plain lines in a pipe."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

PLAIN_SECONDS = 15.0


class SweepProgress:
    """Counts runs as they end, and tells of each that failed when it happens."""

    def __init__(self, total: int, workers: int) -> None:
        self._console = Console(stderr=True)
        self._live = self._console.is_terminal
        self._total, self._workers = total, min(workers, total)
        self._done = self._failed = 0
        self._started = self._told = time.monotonic()
        self._bar = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[running]} running"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._live,
        )
        self._task = self._bar.add_task("training", total=total, running=self._workers)

    def __enter__(self) -> SweepProgress:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def ended(self, record: dict[str, Any], name: str) -> None:
        """One run has ended."""
        self._done += 1
        left = self._total - self._done
        self._bar.update(self._task, advance=1, running=min(self._workers, left))
        if record["status"] != "finished":
            self._failed += record["status"] == "failed"
            self._console.print(f"{record['status']}: {name}: {record['reason']}", markup=False, highlight=False)
        now = time.monotonic()
        if not self._live and (now - self._told > PLAIN_SECONDS or left == 0):
            self._told = now
            elapsed = now - self._started
            remaining = elapsed / self._done * left
            print(
                f"{self._done} of {self._total} runs done, {self._failed} failed, "
                f"{elapsed:.0f} s elapsed, about {remaining:.0f} s left",
                file=sys.stderr,
                flush=True,
            )
