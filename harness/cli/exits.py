"""How the command ends: its exit codes, and what ends it from outside."""

from __future__ import annotations

import atexit
import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from harness.training.stop import Interrupted

FAILED = 1
REQUEST_WRONG = 2
INTERRUPTED = 128
"""Plus the number of the signal, as shells have it: 130 after Ctrl-C, 143 after SIGTERM."""


class UserExit(SystemExit):
    """An orderly end with an exit code; passes through Hydra untouched."""


PROMPT_S = 2.0
"""So long after Ctrl-C the command may save what is under way; a person at a terminal waits for it."""

AT_ONCE_S = 0.5
"""So long after a second one."""


@contextmanager
def sigterm_taken() -> Iterator[None]:
    """Let SIGTERM end the command as Ctrl-C does, from its start on, whether or not there is a run to be saved yet."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def prompt_end() -> Iterator[None]:
    """Have Ctrl-C end this process within `PROMPT_S` seconds, whatever it is doing, and its workers with it.

    Python runs a handler between two of its own steps only, and one call into a library can take longer than that. The
    numbers of signals that arrive are therefore read by a thread, from the descriptor of `signal.set_wakeup_fd`.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(reading,), name="prompt end", daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(writing)


def tell(number: int) -> None:
    """Say in one line that the command was interrupted, once."""
    if _told.is_set():
        return
    _told.set()
    by = "" if number == signal.SIGINT else f" by {signal.Signals(number).name}"
    print(
        f"interrupted{by}; what is done is kept, and the same command goes on from there", file=sys.stderr, flush=True
    )


def finish(code: int) -> NoReturn:
    """End this process in order, once its threads have ended."""
    threading._shutdown()  # type: ignore[attr-defined]  # what the interpreter itself begins its end with
    leave(code)


def leave(code: int) -> NoReturn:
    """End this process without taking apart what it holds, which takes seconds for libraries of this size."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


_told = threading.Event()

os.register_at_fork(after_in_child=lambda: signal.set_wakeup_fd(-1))  # a worker's signals are not the command's


def _watch(reading: int) -> None:
    timer: threading.Timer | None = None
    while received := os.read(reading, 1):
        if received[0] != signal.SIGINT:
            continue
        gc.disable()  # one collection among all that these libraries hold can take a second
        patience = PROMPT_S if timer is None else AT_ONCE_S
        timer = threading.Timer(patience, _end)
        timer.daemon = True
        timer.start()
    os.close(reading)


def _end() -> None:
    for worker in multiprocessing.active_children():
        worker.kill()
    tell(signal.SIGINT)
    os._exit(INTERRUPTED + signal.SIGINT)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise Interrupted(number)
