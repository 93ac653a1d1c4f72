"""How images come to the device: what the machine decides, which never changes a pixel."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import torch
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from harness.spec.machine import Machine
from harness.spec.paths import default_cache

MOST_THREADS = 16


@dataclass(frozen=True)
class Delivery:
    """The folder of decoded images (None for none), where images lie, and how many threads prepare them."""

    cache: Path | None
    pipeline: Literal["auto", "resident", "streamed"]
    threads: int

    @classmethod
    def of(cls, machine: Machine) -> Delivery:
        """What `machine` asks for, with `auto` filled in."""
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        threads = min(cores, MOST_THREADS) if machine.loaders == "auto" else machine.loaders
        folder = default_cache() if machine.cache == "auto" else Path(machine.cache).expanduser()
        return cls(None if machine.cache == "none" else folder, machine.pipeline, threads)


Item = TypeVar("Item")
Result = TypeVar("Result")


def _alone() -> None:
    """Torch's kernels use this thread alone: with teams of their own, the threads would fight for the cores."""
    torch.get_num_threads()  # a thread takes over the process's number at its first call, which has to come before
    threadpool_limits(1, user_api="openmp")  # of the calling thread; torch.set_num_threads would reach all of MKL


def ahead(work: Callable[[Item], Result], items: Iterable[Item], threads: int) -> Iterator[Result]:
    """`work(item)` for each item, in their order; without threads, each when it is asked for.

    At most two results for each thread wait to be taken, so that memory does not grow with the number of items. An
    iterator that is left before its end waits for what is under way and drops the rest.
    """
    if threads == 0:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(threads, initializer=_alone) as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
