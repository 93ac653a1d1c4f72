"""Progress of the atlas: a live bar on a terminal, plain lines in a pipe."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

PLAIN_SECONDS = 15.0


class Progress:
    """Counts architectures, and tells of each that failed when it happens."""

    def __init__(self, title: str, total: int) -> None:
        console = Console(stderr=True)
        self._title, self._total, self._done = title, total, 0
        self._live = console.is_terminal and total > 0
        self._started = self._told = time.monotonic()
        columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
        self._bar = Bar(TextColumn("{task.description}"), *columns, console=console, disable=not self._live)
        self._task = self._bar.add_task(title, total=total)

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def ended(self, name: str, error: str) -> None:
        """One architecture is measured, or could not be."""
        self._done += 1
        self._bar.update(self._task, advance=1)
        if error:
            self._bar.console.print(f"not measured: {name}: {error}", markup=False, highlight=False)
        now = time.monotonic()
        if not self._live and (now - self._told > PLAIN_SECONDS or self._done == self._total):
            self._told = now
            remaining = (now - self._started) / self._done * (self._total - self._done)
            print(
                f"{self._title}: {self._done} of {self._total} measured, about {remaining:.0f} s left",
                file=sys.stderr,
                flush=True,
            )
