"""Forked workers, each of which can die alone.

The pools of the standard library break as a whole when one worker crashes, and those of other libraries fork from
threads of their own. Here each worker has a pipe to itself, so that nothing is shared that a dying one could leave
locked or torn.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import torch

from harness.execution.forked import die_with
from harness.execution.in_turn import Task, fail_one, train_one
from harness.records.record import now
from harness.spec.errors import StorageError
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.training.run import TimeLimitError
from harness.training.stop import Interrupted, Stop

ATTEMPTS = 2
"""So often a run is tried whose worker dies; the second time it goes on from its checkpoint, if it left one."""

POLL_S = 1.0
"""Seconds between two looks at runs that another sweep is doing, and at the time of those under way."""

OVERTIME_S = 15.0
"""A run looks at its time itself, between steps; so long after its limit it is taken to hang."""

SAVING_S = 60.0
"""So long workers may take to leave their checkpoints when all is to stop."""

PROMPT_SAVING_S = 1.2
"""And so long after Ctrl-C, when somebody waits; a run that is cut off goes on from its checkpoint before."""


class WorkerDiedError(Exception):
    """A worker died of a signal, or left, in the midst of a run."""


class Worker:
    """A process that does one task after the other."""

    def __init__(self, others: Sequence[Worker], machine: Machine, study: Path, executor: str) -> None:
        self.connection, theirs = multiprocessing.Pipe()
        ours = [self.connection, *(other.connection for other in others)]
        self.process = multiprocessing.get_context("fork").Process(
            target=_work, args=(theirs, ours, os.getpid(), machine, study, executor), daemon=True
        )
        self.process.start()
        theirs.close()
        self.task: Task | None = None
        self.started, self.began = now(), time.monotonic()

    def begin(self, task: Task) -> None:
        """Hand a task over; where the worker has died since, that is found when it is waited for."""
        self.task, self.started, self.began = task, now(), time.monotonic()
        with suppress(BrokenPipeError):
            self.connection.send(task)

    def answer(self) -> Any:
        """What came back: a record, None where another sweep is at the run, or what ended the worker.

        Raises:
            WorkerDiedError: it is gone.
        """
        try:
            return self.connection.recv()
        except (EOFError, OSError):
            self.process.join()
            raise WorkerDiedError(_cause(self.process.exitcode or 0)) from None

    def end(self, patience_s: float) -> None:
        """Wait for its end, and force it where that takes too long."""
        self.connection.close()
        self.process.join(max(0.0, patience_s))
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def pool(specs: Sequence[Spec], machine: Machine, study: Path, executor: str) -> Iterator[dict[str, Any]]:
    """Yield each record as its run ends, in any order; those that another sweep is doing come last.

    Raises:
        StorageError: a record cannot be written.
        Interrupted: a signal asked for the end; runs that were under way go on from there when started again.
    """
    assert isinstance(machine.workers, int)
    tasks = deque(Task(spec) for spec in specs)
    workers: list[Worker] = []
    look = time.monotonic()
    with Stop() as stop:
        try:
            while tasks or any(worker.task for worker in workers):
                while tasks and (not tasks[0].waited or time.monotonic() >= look):
                    worker = next((each for each in workers if each.task is None), None)
                    if worker is None:
                        if len(workers) >= machine.workers:
                            break
                        worker = Worker(workers, machine, study, executor)
                        workers.append(worker)
                    worker.begin(tasks.popleft())
                busy = {worker.connection: worker for worker in workers if worker.task is not None}
                ready = [busy[each] for each in wait(list(busy), POLL_S) if isinstance(each, Connection)]
                for worker in ready + _overdue(busy.values(), machine):
                    task, worker_started = worker.task, worker.started
                    if task is None:
                        continue
                    worker.task = None
                    try:
                        record = worker.answer()
                    except WorkerDiedError as error:
                        workers.remove(worker)
                        worker.end(0)
                        reason = _limit(machine) if _is_overdue(worker, machine) else error
                        record = _after_death(task, reason, tasks, study, worker_started)
                        if record is None:
                            continue
                    if isinstance(record, BaseException):
                        raise record
                    if record is None:
                        tasks.append(task.busy(study))
                        look = time.monotonic() + POLL_S
                    else:
                        yield record
            for worker in workers:
                worker.end(SAVING_S)
        finally:
            for worker in workers:
                if worker.process.is_alive():
                    worker.process.terminate()
            until = time.monotonic() + (PROMPT_SAVING_S if stop.requested == signal.SIGINT else SAVING_S)
            for worker in workers:
                worker.end(until - time.monotonic())


def _after_death(task: Task, reason: Exception, tasks: deque[Task], study: Path, started: str) -> dict[str, Any] | None:
    """The record of a task whose worker died; None where it is to be tried again."""
    again = replace(task, earlier=(*task.earlier, str(reason)))
    if isinstance(reason, WorkerDiedError) and len(again.earlier) < ATTEMPTS:
        print(f"a worker was lost ({reason}); its run is tried once more", file=sys.stderr, flush=True)
        tasks.appendleft(again)
        return None
    record = fail_one(task, reason, study, started)
    if record is None:
        tasks.append(task.busy(study))
    return record


def _is_overdue(worker: Worker, machine: Machine) -> bool:
    limit = machine.time_limit_s
    return limit is not None and time.monotonic() - worker.began > limit + OVERTIME_S


def _overdue(workers: Any, machine: Machine) -> list[Worker]:
    """Workers that hang; they are killed."""
    found = [worker for worker in workers if worker.task is not None and _is_overdue(worker, machine)]
    for worker in found:
        worker.process.kill()
    return found


def _limit(machine: Machine) -> TimeLimitError:
    return TimeLimitError(f"took longer than time_limit_s={machine.time_limit_s:g} and did not answer; it was killed")


def _cause(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"its worker left with exit code {code}"
    name = signal.Signals(-code).name
    if -code == signal.SIGKILL:
        return (
            f"its worker was killed by {name}, as the kernel does when memory runs out; fewer workers, or a larger "
            "recipe.grad_accum_steps, need less"
        )
    return f"its worker crashed with {name}"


def _work(
    connection: Connection, others: Sequence[Connection], parent: int, machine: Machine, study: Path, executor: str
) -> None:
    """A worker's life. It ends with its parent, and when the pipe to it is closed."""
    for other in others:
        other.close()  # or their ends would stay open here when the parent is gone
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes, and is the parent's to pass on
    if isinstance(machine.threads, int):
        torch.set_num_threads(machine.threads)
    with Stop((signal.SIGTERM, signal.SIGUSR1)) as stop, suppress(Interrupted, EOFError, BrokenPipeError):
        die_with(parent)
        while True:
            task = connection.recv()
            try:
                connection.send(train_one(task, machine, study, executor, stop))
            except StorageError as error:
                connection.send(error)
