"""A request to stop, by a signal: what is under way is brought to where it can go on, and then left."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)
"""A scheduler's notice, a user's Ctrl-C, and what Slurm sends ahead of the end with `--signal=USR1@60`."""

GRACE_S = 5.0
"""So long may a step, or the writing of a record, go on before it is left as it is."""


class Interrupted(KeyboardInterrupt):
    """Asked to stop by a signal, of this number."""

    def __init__(self, number: int = signal.SIGINT) -> None:
        super().__init__(number)
        self.number = number


class Stop:
    """Takes the signals while it is entered, in the main thread; elsewhere, as a library, it leaves them alone.

    The first one is only noted while `deferred`, where `requested` is looked at often; at any other time, at a second
    one, or when that takes too long, `Interrupted` is raised wherever the program is. `requested` is the number of the
    signal that came last.
    """

    def __init__(self, signals: tuple[signal.Signals, ...] = SIGNALS) -> None:
        self.requested: int | None = None
        self._signals, self._waits = signals, False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Stop:
        if threading.current_thread() is threading.main_thread():
            self._before = {each: signal.signal(each, self._take) for each in self._signals}
            self._before[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._too_late)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for each, handler in self._before.items():
            signal.signal(each, handler)

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """A part that is to be brought to its end, or that looks at `requested` itself."""
        self._waits = True
        try:
            yield
        finally:
            self._waits = False
        if self.requested:
            raise Interrupted(self.requested)

    def unhurried(self) -> None:
        """What follows may take its time: the state is being saved."""
        if self._before:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _take(self, number: int, frame: FrameType | None) -> None:
        if self.requested or not self._waits:
            self.requested = number
            raise Interrupted(number)
        self.requested = number
        signal.setitimer(signal.ITIMER_REAL, GRACE_S)

    def _too_late(self, number: int, frame: FrameType | None) -> None:
        raise Interrupted(self.requested or number)
