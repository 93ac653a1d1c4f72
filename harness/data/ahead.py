"""Work done ahead by threads, its results in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

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
