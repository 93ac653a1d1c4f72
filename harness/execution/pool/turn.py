"""Runs one after the other, in this process."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from harness.execution.one_run import Task, train_one
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.training.setup import Setup
from harness.training.step import Step
from harness.training.stop import Stop

SEQUENTIAL = "sequential"
POLL_S = 1.0
"""Seconds between two looks at runs that another sweep is doing."""


def in_turn(
    specs: Sequence[Spec],
    machine: Machine,
    study: Path,
    executor: str,
    step: type[Step] = Step,
    ready: Setup | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield each record as its run ends; those that another sweep is doing come last, with its records.

    Args:
        specs: the runs.
        machine: where they are trained.
        study: the folder of their records.
        executor: the name that the records tell.
        step: how one step is computed.
        ready: the first run, where it has been set up already.

    Raises:
        StorageError: a record cannot be written.
        Interrupted: a signal asked for the end; the run that was under way goes on from there when started again.
    """
    waiting = deque(Task(spec) for spec in specs)
    with Stop() as stop:
        while waiting:
            task = waiting.popleft()
            record = train_one(task, machine, study, executor, stop, step, ready)
            ready = None
            if record is not None:
                yield record
                continue
            waiting.append(task.busy(study))
            if all(each.waited for each in waiting):
                time.sleep(POLL_S)
