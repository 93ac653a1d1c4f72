"""Runs trained by jobs of a launcher, whatever becomes of the jobs: what each is given, and the records it leaves."""

from __future__ import annotations

import math
import os
import signal
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from harness.execution.choose import deal
from harness.records.record import now
from harness.records.store import RECORD, read_record, write_record
from harness.spec.identity import configuration_id, run_id
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.spec.variants import load_variant
from harness.training.recording import failure


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


def portions(specs: Sequence[Spec], jobs: int) -> list[list[Spec]]:
    """One list of runs for each job, none of them empty, `jobs` of them at most.

    A configuration stays in one job, so that its runs share what they load and the machine they are computed on; only
    one that is larger than a job's part is cut. Linear probes are dealt apart from the rest, as they take a small part
    of its time, and within each kind the largest pieces first, each to the job that has the least yet (Graham 1969,
    "Bounds on multiprocessing timing anomalies": at most a third longer than the best). A run's size is its number of
    epochs.
    """
    most_runs = math.ceil(len(specs) / jobs)
    dealt: list[list[Spec]] = [[] for _ in range(jobs)]
    for probes in (False, True):
        kind = [spec for spec in specs if (spec.transfer.name == "linear_probe") is probes]
        loads = [0] * jobs
        for piece in sorted(_pieces(kind, most_runs), key=_size, reverse=True):
            least = min(range(jobs), key=lambda job: (loads[job], len(dealt[job])))
            dealt[least] += piece
            loads[least] += _size(piece)
    return [portion for portion in dealt if portion]


def _pieces(specs: Sequence[Spec], most: int) -> list[list[Spec]]:
    configurations: dict[str, list[Spec]] = {}
    for spec in specs:
        configurations.setdefault(configuration_id(spec), []).append(spec)
    return [runs[at : at + most] for runs in configurations.values() for at in range(0, len(runs), most)]


def _size(piece: Sequence[Spec]) -> int:
    return sum(spec.recipe.epochs for spec in piece)


Launch = Callable[[Portion, int], None]
"""Starts a portion as the job of this number and returns when that has ended; raises where it was lost."""

ATTEMPTS = 3
"""So often the runs of lost jobs are dealt anew, before they are given up."""

POLL_SECONDS = 1.0
SETTLE_SECONDS = 5.0
"""A shared file system may show a record only some seconds after the job that wrote it has ended."""


def launched(
    specs: Sequence[Spec], machine: Machine, study: Path, jobs: int, launch: Launch, cores: int | None = None,
    gpus: Sequence[str] = (),
) -> Generator[dict[str, Any], None, None]:  # fmt: skip
    """Yield each record as it appears in the study's folder.

    The records are what counts, not what the launcher says of its jobs: a job that died leaves those that it had
    written, and what is missing when all jobs have ended is dealt to new ones. Runs without a record after three
    attempts get one that says so, `failed`. `gpus` are devices for the jobs of one machine, dealt in turn.
    """
    study, here = study.absolute(), Path.cwd()
    by_id = {run_id(spec): spec for spec in specs}
    watch, started, number = Watch(study, by_id), now(), 0
    lost: list[str] = []
    for attempt in range(ATTEMPTS):
        left = [spec for identity, spec in by_id.items() if identity in watch.waiting]
        if not left:
            return
        if attempt:
            print(f"{len(left)} runs were left by jobs that are lost; they go to new ones", file=sys.stderr, flush=True)
        threads = []
        for portion in portions(left, jobs):
            gpu = gpus[number % len(gpus)] if gpus else None
            carried = Portion(tuple(portion), machine, study, here, watch.earlier, len(specs), cores, gpu)
            threads.append(Thread(target=_wait, args=(launch, carried, number, lost), daemon=True))
            threads[-1].start()
            number += 1
        until = float("inf")
        while watch.waiting and time.monotonic() < until:
            yield from watch.ended()
            if until == float("inf") and not any(thread.is_alive() for thread in threads):
                until = time.monotonic() + SETTLE_SECONDS
            if watch.waiting:
                time.sleep(POLL_SECONDS)
    for identity in sorted(watch.waiting):
        error = ChildProcessError(f"its job ended without a record {ATTEMPTS} times; {lost[-1] if lost else ''}")
        record = failure(by_id[identity], error, started)
        write_record(study, record)
        yield record.as_json()


def _wait(launch: Launch, portion: Portion, number: int, lost: list[str]) -> None:
    """A job's thread: whatever ends the job must not end the sweep."""
    try:
        launch(portion, number)
    except Exception as error:
        said = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
        lost.append(f"{said[0]} ({said[-1]})" if len(said) > 1 else said[0])
        print(f"job {number} is lost: {lost[-1]}", file=sys.stderr, flush=True)
