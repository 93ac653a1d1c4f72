"""Seconds spent on the parts of a run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch


class Clock:
    """Seconds spent on each named part of a run."""

    def __init__(self, device: torch.device) -> None:
        self.seconds: dict[str, float] = {}
        self._device = device

    @contextmanager
    def measure(self, part: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self._wait()
            self.add(part, time.perf_counter() - started)

    def add(self, part: str, seconds: float) -> None:
        """Seconds that were measured elsewhere: a run's share of what several did together."""
        self.seconds[part] = self.seconds.get(part, 0.0) + seconds

    def _wait(self) -> None:
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
