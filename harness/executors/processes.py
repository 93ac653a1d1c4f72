"""Several runs side by side, each in a process of its own with a share of the cores."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import torch

from harness.executors.parts.one import train_one
from harness.spec.machine import Machine
from harness.spec.spec import Spec


def _start_worker(threads: int) -> None:
    """An interrupt is the parent's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(threads)


def processes(specs: Sequence[Spec], machine: Machine, study: Path) -> Iterator[dict[str, Any]]:
    """Yield each record as its run ends, in any order.

    `machine.workers` and `machine.threads` are numbers here. Workers are forked after the imports, which costs
    milliseconds; this process must not have computed with several threads before, as those do not survive a fork.
    """
    assert isinstance(machine.workers, int)
    assert isinstance(machine.threads, int)
    pool = ProcessPoolExecutor(
        max_workers=machine.workers,
        mp_context=multiprocessing.get_context("fork"),
        initializer=_start_worker,
        initargs=(machine.threads,),
    )
    try:
        waiting = {pool.submit(train_one, spec, machine, study, "processes") for spec in specs}
        for done in as_completed(waiting):
            waiting.discard(done)
            yield done.result()
    except BaseException:
        for process in list((pool._processes or {}).values()):
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
