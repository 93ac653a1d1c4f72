"""Several runs side by side, each in a process of its own with a share of the cores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from harness.execution.workers import pool
from harness.spec.machine import Machine
from harness.spec.spec import Spec


def processes(specs: Sequence[Spec], machine: Machine, study: Path) -> Iterator[dict[str, Any]]:
    """Yield each record as its run ends, in any order; a worker that crashes ends its own run alone.

    `machine.workers` and `machine.threads` are numbers here. Workers are forked after the imports, which costs
    milliseconds; this process must not have computed with several threads before, as those do not survive a fork.

    Raises:
        StorageError: a record cannot be written.
        Interrupted: a signal asked for the end; runs that were under way go on from there when started again.
    """
    yield from pool(specs, machine, study, "processes")
