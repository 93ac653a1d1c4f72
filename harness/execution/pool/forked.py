"""Forked workers for what can be done again, ended at once when they are no longer wanted."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

import torch

from harness.execution.pool.orphan import die_with


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
