"""Runs trained by jobs of a launcher, whatever becomes of the jobs."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from threading import Thread
from typing import Any

from harness.execution.launching.portion import Portion, Watch
from harness.records.record import now
from harness.records.store import write_record
from harness.spec.identity import cell_id, run_id
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.training.recording import failure


def deal(specs: Sequence[Spec], jobs: int) -> list[list[Spec]]:
    """One list of runs for each job, none of them empty, `jobs` of them at most.

    A cell stays in one job, so that its runs share what they load and the machine they are computed on; only one that
    is larger than a job's share is cut. Linear probes are dealt apart from the rest, as they take a small part of its
    time, and within each kind the largest pieces first, each to the job that has the least yet (Graham 1969, "Bounds on
    multiprocessing timing anomalies": at most a third longer than the best). A run's size is its number of epochs.
    """
    share = math.ceil(len(specs) / jobs)
    portions: list[list[Spec]] = [[] for _ in range(jobs)]
    for probes in (False, True):
        kind = [spec for spec in specs if (spec.transfer.name == "linear_probe") is probes]
        loads = [0] * jobs
        for piece in sorted(_pieces(kind, share), key=_size, reverse=True):
            least = min(range(jobs), key=lambda job: (loads[job], len(portions[job])))
            portions[least] += piece
            loads[least] += _size(piece)
    return [portion for portion in portions if portion]


def _pieces(specs: Sequence[Spec], most: int) -> list[list[Spec]]:
    cells: dict[str, list[Spec]] = {}
    for spec in specs:
        cells.setdefault(cell_id(spec), []).append(spec)
    return [cell[at : at + most] for cell in cells.values() for at in range(0, len(cell), most)]


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
        for portion in deal(left, jobs):
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
