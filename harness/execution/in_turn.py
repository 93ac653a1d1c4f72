"""Runs one after the other in this process; whatever happens to one, the others go on."""

from __future__ import annotations

import gc
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from harness.records.record import Record, now
from harness.records.run_folder import claimed, remove_checkpoints, remove_set_aside, remove_torn, set_aside_damaged
from harness.records.store import RECORD, is_done, read_record, write_record
from harness.spec.identity import run_id
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.training.recording import failure, out_of_memory
from harness.training.run import RunContext, run
from harness.training.setup import Setup
from harness.training.step import Step
from harness.training.stop import Stop

PARTS = 4
"""Into so many parts a batch is cut that did not fit into the memory; its gradient stays that of the whole."""

Stamp = tuple[int, int]


@dataclass(frozen=True)
class Task:
    """A run to be done: why it was tried before, if it was, and the record it had when another sweep was at it."""

    spec: Spec
    earlier: tuple[str, ...] = ()
    waited: bool = False
    seen: Stamp | None = None

    def busy(self, study: Path) -> Task:
        """The task as it stands when another sweep is found at it."""
        return self if self.waited else replace(self, waited=True, seen=stamp(study, run_id(self.spec)))


def stamp(study: Path, run: str) -> Stamp | None:
    """Which file a run's record is: another one after each time that it is written, whatever the clock says."""
    try:
        status = (study / run / RECORD).stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


def train_one(
    task: Task,
    machine: Machine,
    study: Path,
    executor: str,
    stop: Stop,
    step: type[Step] = Step,
    ready: Setup | None = None,
) -> dict[str, Any] | None:
    """Train, write the record into the study's folder and return it; an exception ends this run alone, as `failed`.

    What has been done in the meantime is not done again. None where another sweep is at it. `step` is how one step is
    computed, `ready` the run where it has been set up already.

    Raises:
        StorageError: the record cannot be written.
        Interrupted: a signal asked for the end; the run goes on from its checkpoint when it is started again.
    """
    identity = run_id(task.spec)
    folder = study / identity
    with claimed(folder) as mine:
        if not mine:
            return None
        record = taken_over(task, study)
        if record is not None:
            return record
        clear(study, identity)
        started = now()
        try:
            ended = _trained(task, machine, executor, RunContext(folder, stop), step, ready)
        except Exception as error:  # whatever ends one run must not end the sweep
            ended = failure(task.spec, error, started)
        with stop.deferred():
            if task.earlier:
                ended = replace(ended, provenance={**ended.provenance, "earlier_attempts": list(task.earlier)})
            write_record(study, ended)
            if ended.status != "failed":
                remove_set_aside(folder)
                remove_checkpoints(folder)
            return ended.as_json()


def clear(study: Path, identity: str) -> None:
    """Make way for a new record: one that is damaged is kept aside and told, what was not written to its end goes."""
    damaged = set_aside_damaged(study, identity)
    if damaged:
        print(damaged, file=sys.stderr)
    remove_torn(study / identity)


def fail_one(task: Task, reason: Exception, study: Path, started: str) -> dict[str, Any] | None:
    """The record of a run whose process is gone; the one that it wrote at the very end, if it did; None as above."""
    with claimed(study / run_id(task.spec)) as mine:
        if not mine:
            return None
        record = taken_over(task, study)
        if record is None:
            ended = failure(task.spec, reason, started)
            provenance = {**ended.provenance, "earlier_attempts": list(task.earlier)}
            ended = replace(ended, provenance=provenance if task.earlier else ended.provenance)
            write_record(study, ended)
            record = ended.as_json()
        return record


def taken_over(task: Task, study: Path) -> dict[str, Any] | None:
    """The record of a run that another sweep has done, or has tried since this one waited for it."""
    identity = run_id(task.spec)
    if is_done(study, identity) or (task.waited and stamp(study, identity) not in (None, task.seen)):
        return read_record(study, identity)
    return None


def _trained(
    task: Task, machine: Machine, executor: str, place: RunContext, step: type[Step], ready: Setup | None
) -> Record:
    """Once more, with each batch in parts, where it did not fit into the memory."""
    try:
        return run(task.spec, machine, executor, place=place, step=step, setup=ready)
    except Exception as error:
        if not out_of_memory(error):
            raise
        print(f"{place.folder}: out of memory; once more with each batch in {PARTS} parts", file=sys.stderr)
    gc.collect()
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()
    return run(task.spec, machine, executor, place=place, parts=PARTS, step=step)


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
