"""What ends the command from outside."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from harness.training.stop import Interrupted


@contextmanager
def sigterm_taken() -> Iterator[None]:
    """Let SIGTERM end the command as Ctrl-C does, from its start on, whether or not there is a run to be saved yet."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise Interrupted(number)
