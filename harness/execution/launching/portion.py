"""One job's part of a sweep, as it is carried to where it is trained."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.execution.choose import deal
from harness.execution.launching.watch import ended
from harness.spec.identity import run_id
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.spec.variants import load_variant


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
