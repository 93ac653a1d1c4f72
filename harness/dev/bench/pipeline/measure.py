"""One side in a process of its own: seconds of each epoch, and the memory of the process and its workers."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from statistics import median
from typing import Any

import psutil  # type: ignore[import-untyped]

from harness.dev.bench.pipeline.sides import Epoch

EPOCHS = 3
_SAMPLED_EVERY_S = 0.25


@dataclass(frozen=True)
class PipelineTiming:
    """Seconds of each epoch, the first from before the folder is looked at; memory in bytes above the start's."""

    variant: str
    repeat: int
    images: int
    seconds: list[float]
    peak_memory: int
    load: float

    @property
    def first(self) -> float:
        """Images a second in the first epoch, with all that comes before it."""
        return self.images / self.seconds[0]

    @property
    def later(self) -> float:
        """Images a second from the second epoch on: the median epoch."""
        return self.images / median(self.seconds[1:])

    def as_json(self) -> dict[str, Any]:
        """Its fields and both rates by name."""
        return {**asdict(self), "first_images_per_s": self.first, "later_images_per_s": self.later}


def measure(variant: str, repeat: int, make: Callable[[], Epoch]) -> PipelineTiming:
    """Fork, make the side, and run its epochs.

    Memory is the proportional set size (a page that n processes share counts 1/n in each) of the process and its
    workers together, sampled four times a second; pages mapped from the cache count while they are in memory.

    Raises:
        RuntimeError: the side failed.
    """
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(make, sender))
    load = psutil.getloadavg()[0]
    process.start()
    sender.close()
    watched = psutil.Process(process.pid)
    start = peak = _memory(watched)
    while not receiver.poll(_SAMPLED_EVERY_S):
        peak = max(peak, _memory(watched))
    try:
        images, seconds = receiver.recv()
    except EOFError:
        raise RuntimeError(f"{variant} failed") from None
    process.join()
    return PipelineTiming(variant, repeat, images, seconds, peak - start, load)


def _run(make: Callable[[], Epoch], sender: Connection) -> None:
    seconds = []
    started = time.perf_counter()
    epoch = make()
    for _ in range(EPOCHS):
        images = sum(len(batch) for batch in epoch())
        seconds.append(time.perf_counter() - started)
        started = time.perf_counter()
    sender.send((images, seconds))


def _memory(process: psutil.Process) -> int:
    total = 0
    for each in (process, *process.children(recursive=True)):
        try:
            total += each.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total
