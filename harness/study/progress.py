"""Progress of a long job: a live bar on a terminal, plain lines in a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.text import Text

from harness.study.costs import Left

PLAIN_SECONDS = 15.0


class _LeftColumn(ProgressColumn):
    """The time left, told anew every second."""

    max_refresh = 1.0

    def __init__(self, left: Callable[[], Left | None]) -> None:
        super().__init__()
        self._left = left

    def render(self, task: Task) -> Text:
        return Text(str(self._left() or ""))


class Progress:
    """Counts what ends, and tells of each failure when it happens.

    `left` estimates the time left; without it, what is left is taken to be as quick as what is done.
    """

    def __init__(
        self, total: int, what: str = "runs done", workers: int = 1, left: Callable[[], Left] | None = None
    ) -> None:
        self._console = Console(stderr=True)
        self._live = self._console.is_terminal and total > 0
        self._total, self._what, self._workers = total, what, min(workers, total)
        self._done = self._failed = 0
        self._started = self._told = time.monotonic()
        self._estimate = left
        self._bar = Bar(
            TextColumn("[bold]{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[running]} running"),
            TimeElapsedColumn(),
            _LeftColumn(self._left),
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
                f"{elapsed:.0f} s elapsed, {self._left()}",
                file=sys.stderr,
                flush=True,
            )

    def _left(self) -> Left | None:
        if self._estimate is not None:
            return self._estimate()
        if not self._done:
            return None
        each = (time.monotonic() - self._started) / self._done
        return Left(each * (self._total - self._done), 0)
