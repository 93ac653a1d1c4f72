"""How images come to the device: what the machine decides, which never changes a pixel."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

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
