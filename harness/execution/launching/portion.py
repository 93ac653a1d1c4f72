"""One job's part of a sweep, as it is carried to where it is trained, and the records that it leaves."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.execution.choose import deal
from harness.records.store import RECORD, read_record
from harness.spec.identity import run_id
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.spec.variants import load_variant


class Watch:
    """Waits for the records of these runs; one that lay there when the watch began is not what is waited for."""

    def __init__(self, study: Path, run_ids: Iterable[str]) -> None:
        self._study = study
        self.waiting = set(run_ids)
        self.earlier = stamps(study, self.waiting)

    def ended(self) -> Iterator[dict[str, Any]]:
        """Each record that has come since it was last asked; only whole ones, as records are written at one stroke."""
        for identity in ended(self._study, self.waiting, self.earlier):
            record = read_record(self._study, identity)
            if record is not None:
                self.waiting.discard(identity)
                yield record


def stamps(study: Path, run_ids: Iterable[str]) -> dict[str, int]:
    """When the record of each run was written, in nanoseconds; those that have none are left out.

    Times are only ever compared with what the same file system gave before: clocks of several machines disagree.
    """
    found = {}
    for identity in run_ids:
        try:
            found[identity] = (study / identity / RECORD).stat().st_mtime_ns
        except (FileNotFoundError, NotADirectoryError):
            continue
    return found


def ended(study: Path, run_ids: Iterable[str], earlier: Mapping[str, int]) -> list[str]:
    """The runs whose record is another one than it was at the time of `earlier`."""
    return sorted(identity for identity, stamp in stamps(study, run_ids).items() if stamp != earlier.get(identity))


@dataclass(frozen=True)
class Portion:
    """Runs for one job, which writes their records into the study's folder, as any sweep does.

    `study` and `where`, the working directory, are absolute, and the same on every machine. `earlier` holds the times
    of records that were there when the sweep began, which are no result of it. `sweep` is the number of runs in all
    portions: how the cores of a node are dealt does not depend on how the runs are. `cores` bounds this job's
    workers, None where it may use all that the system gives it; `gpu` is the device that it gets among those of a
    machine that it shares, None where the launcher sees to that (`CUDA_VISIBLE_DEVICES` then holds it already).
    """

    specs: tuple[Spec, ...]
    machine: Machine
    study: Path
    where: Path
    earlier: Mapping[str, int]
    sweep: int
    cores: int | None = None
    gpu: str | None = None

    def train(self) -> None:
        """Train what has not ended yet: started anew, after a pre-emption or on another node, a job goes on."""
        os.chdir(self.where)
        os.register_at_fork(after_in_child=_default_signals)
        if self.gpu is not None:
            os.environ["CUDA_VISIBLE_DEVICES"] = self.gpu  # CUDA reads it when it is first used, by the runs
        by_id = {run_id(spec): spec for spec in self.specs}
        over = set(ended(self.study, by_id, self.earlier))
        left = [spec for identity, spec in by_id.items() if identity not in over]
        if not left:
            return
        executor, machine = self._dealt()
        for _ in load_variant("harness.execution.executors", executor)(left, machine, self.study):
            pass

    def _dealt(self) -> tuple[str, Machine]:
        """Executor and machine, with no more workers and threads than the job has cores."""
        executor, machine = deal(self.machine, self.sweep)
        if self.cores is None:
            return executor, machine
        assert isinstance(machine.workers, int)
        assert isinstance(machine.threads, int)
        threads = min(machine.threads, self.cores)
        workers = max(1, min(machine.workers, self.cores // threads))
        return deal(machine.model_copy(update={"threads": threads, "workers": workers}), self.sweep)


def _default_signals() -> None:
    """What a launcher does on a signal of the scheduler (checkpoint, requeue) is the job's to do, not its workers'."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)
