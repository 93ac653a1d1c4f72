"""What ends the command from outside."""

from __future__ import annotations

import os
import signal
from types import FrameType

from harness.training.stop import Interrupted


def take_signals() -> None:
    """Let SIGTERM end the command as Ctrl-C does, from its start on, whether or not there is a run to be saved yet.

    Processes that are forked from here end when this one says so: Ctrl-C on a terminal reaches all of them at once.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    os.register_at_fork(after_in_child=_leave_it_to_the_parent)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise Interrupted(number)


def _leave_it_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
