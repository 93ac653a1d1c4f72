"""Progress of a long job: a live bar on a terminal, plain lines in a pipe."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

PLAIN_SECONDS = 15.0


class Progress:
    """Counts what ends, and tells of each failure when it happens."""

    def __init__(self, total: int, what: str = "runs done", workers: int = 1) -> None:
        self._console = Console(stderr=True)
        self._live = self._console.is_terminal and total > 0
        self._total, self._what, self._workers = total, what, min(workers, total)
        self._done = self._failed = 0
        self._started = self._told = time.monotonic()
        self._bar = Bar(
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
        self._task = self._bar.add_task(what, total=total, running=self._workers)

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def ended(self, note: str = "", failed: bool = False) -> None:
        """One more has ended; a note is shown at once."""
        self._done += 1
        self._failed += failed
        left = self._total - self._done
        self._bar.update(self._task, advance=1, running=min(self._workers, left))
        if note:
            self._console.print(note, markup=False, highlight=False)
        now = time.monotonic()
        if not self._live and (now - self._told > PLAIN_SECONDS or left == 0):
            self._told = now
            elapsed = now - self._started
            print(
                f"{self._done} of {self._total} {self._what}, {self._failed} failed, "
                f"{elapsed:.0f} s elapsed, about {elapsed / self._done * left:.0f} s left",
                file=sys.stderr,
                flush=True,
            )
