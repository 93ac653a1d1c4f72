"""Forked workers for what can be done again; no worker outlives the process that started it."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

import torch

from harness.training.stop import Interrupted

_PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """Have the kernel end this process when its parent is gone, however that went; Linux alone can do it.

    Raises:
        Interrupted: the parent is gone already.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise Interrupted


@contextmanager
def forked(workers: int, threads: int) -> Iterator[ProcessPoolExecutor]:
    """A pool of workers with so many threads each; whatever leaves the block with an exception kills them."""
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("fork"), _start, (threads, os.getpid()))
    try:
        yield pool
    except BaseException:
        for process in list((pool._processes or {}).values()):
            process.kill()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _start(threads: int, parent: int) -> None:
    """An interrupt is the parent's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    die_with(parent)
    torch.set_num_threads(threads)
