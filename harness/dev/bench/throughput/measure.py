"""Times scripts and executors by turns, each in fresh processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from harness.dev.bench.throughput.task import PROBE, SINGLE, TASKS, BenchTask, script_arguments, write_folder

ALONE, PACKED = "script", "scripts side by side"
WORKERS = (0, 2)
"""Numbers of loading processes that the script is tried with; the faster one is taken. For photographs these are half
of the cores and all."""

PRECISIONS = {"cuda": ("float32", "bfloat16")}
"""What it computes in, on a device where there is a choice: as for the number of workers, and so do all sides."""

DOUBT = 4.0
"""Standard errors by which mean final losses may differ: order and head draw are the script's own."""

SLACK = 0.02
"""Nats beside that, as few runs say little about their own spread."""


Kernels = dict[str, dict[str, dict[str, float]]]
"""By task and side: how many kernels a step launches, and of how many runs it is."""


@dataclass(frozen=True)
class Contender:
    """How a script is run."""

    device: str
    workers: int
    precision: str


@dataclass(frozen=True)
class ContenderRun:
    """One side of a task in one repeat: so many runs, the seconds from start to end, those of start-up in them.

    `startup_s` is from the start of a process to the end of its imports; with several processes one after the other
    their sum, side by side the mean over workers of it. `together` processes train side by side. `runs` tells what was
    done.
    """

    task: str
    side: str
    repeat: int
    position: int
    wall_s: float
    startup_s: float
    peak_mib: float
    pack: int | None
    workers: int | None
    precision: str
    together: int
    runs: list[dict[str, Any]]

    @property
    def per_run(self) -> float:
        """Seconds a run takes, start-up included."""
        return self.wall_s / len(self.runs)

    @property
    def training_per_run(self) -> float:
        """Seconds in which a run is trained (steps and their batches; no evaluation, record or model), or its share of
        them where others are trained beside it."""
        return float(mean(run["train_s"] for run in self.runs)) / self.together

    @property
    def per_run_without_startup(self) -> float:
        """Seconds a run takes once everything is imported."""
        return (self.wall_s - self.startup_s) / len(self.runs)

    def as_json(self) -> dict[str, Any]:
        """Fields and times by name."""
        times = {
            "per_run_s": self.per_run,
            "per_run_without_startup_s": self.per_run_without_startup,
            "training_per_run_s": self.training_per_run,
        }
        return {**asdict(self), **times}


def sides_of(task: BenchTask, device: str) -> tuple[str, ...]:
    """What is compared: scripts one by one and side by side, and each executor that there is on the device."""
    singly = ("sequential", "graphed") if device.startswith("cuda") else ("sequential", "processes")
    if task.photographs:
        return (ALONE, *singly)
    packing, (_, *more) = "probe" if task.name == PROBE else "fused", task.swept
    return (ALONE, PACKED, *singly, packing, *(f"{packing} ({runs} runs)" for runs in more))


def measure(
    repeats: int, device: str, tasks: Sequence[BenchTask] = TASKS, sides: Sequence[str] | None = None
) -> tuple[list[ContenderRun], Kernels]:
    """Every side once a repeat, in an order that turns round from one repeat to the next; of `sides`, if given."""
    attempts, counted = list[ContenderRun](), dict[str, dict[str, dict[str, float]]]()
    for task in tasks:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_folder(task, folder)
            way = _fastest(task, folder, device)
            for repeat in range(repeats):
                every = [side for side in sides_of(task, device) if sides is None or side in sides]
                turn = every if repeat % 2 == 0 else every[::-1]
                for position, side in enumerate(turn):
                    attempts.append(
                        ContenderRun(task.name, side, repeat, position, **_attempt(task, side, folder, way))
                    )
            counted[task.name] = _kernels(task, folder, way)
    return attempts, counted


def _kernels(task: BenchTask, folder: Path, way: Contender) -> dict[str, dict[str, float]]:
    """By side the kernels (without a CUDA device: operations) of a step, and of how many runs it is."""
    asked = ["--task", task.name, "--folder", str(folder), "--device", way.device, "--precision", way.precision]
    counted = _told("-m", "harness.dev.bench.throughput.count", *asked)
    single = counted.pop(SINGLE)
    scripted = {**_told(*_script_of(task, 0, folder, way), "--counted"), "runs": 1}
    return {ALONE: scripted, PACKED: scripted, "sequential": single, "processes": single, **counted}


def _fastest(task: BenchTask, folder: Path, device: str) -> Contender:
    """The script's own best."""
    first, *others = PRECISIONS.get(device.partition(":")[0], ("float32",))
    way, cores = Contender(device, 0, first), len(os.sched_getaffinity(0))
    workers = (max(1, cores // 2), cores) if task.photographs else WORKERS
    tried = {each: _script(task, 0, folder, each)["took"] for each in (replace(way, workers=n) for n in workers)}
    way = min(tried, key=tried.__getitem__)
    tried |= {
        each: _script(task, 0, folder, each)["took"] for each in (replace(way, precision=name) for name in others)
    }
    return min(tried, key=tried.__getitem__)


def _attempt(task: BenchTask, side: str, folder: Path, way: Contender) -> dict[str, Any]:
    started = time.time()
    cores = len(os.sched_getaffinity(0))
    together = cores if side == PACKED else 1
    if side in (ALONE, PACKED):
        with ThreadPoolExecutor(together) as pool:
            numbers = range(max(task.scripted, together))
            told = list(pool.map(lambda number: _script(task, number, folder, way), numbers))
    else:
        executor, _, asked = side.partition(" (")
        runs = task.swept[0] if executor in ("fused", "probe") else task.single or task.swept[0]
        number = asked.split()[0] if asked else str(runs)
        arguments = ["--task", task.name, "--folder", str(folder), "--executor", executor, "--runs", number]
        arguments += ["--device", way.device, "--precision", way.precision]
        told = [_python("-m", "harness.dev.bench.throughput.sweep", *arguments)]
    wall = time.time() - started
    return {
        "wall_s": wall,
        "startup_s": sum(each["startup"] for each in told) / together,
        "peak_mib": max(each["peak_mib"] for each in told),
        "pack": told[0]["pack"],
        "workers": way.workers if side in (ALONE, PACKED) else None,
        "precision": way.precision,
        "together": told[0].get("together", together),
        "runs": [run for each in told for run in each["runs"]],
    }


def _script(task: BenchTask, number: int, folder: Path, way: Contender) -> dict[str, Any]:
    return _python(*_script_of(task, number, folder, way))


def _script_of(task: BenchTask, number: int, folder: Path, way: Contender) -> tuple[str, ...]:
    own = ("--workers", str(way.workers), "--threads", "1", "--device", way.device, "--precision", way.precision)
    return (str(Path(__file__).with_name("script.py")), *script_arguments(task, number, folder), *own)


def _python(what: str, *arguments: str) -> dict[str, Any]:
    """What a fresh process told in its last line; `startup` and `took` are counted from its start."""
    started = time.time()
    told = _told(what, *arguments)
    return {**told, "startup": told["ready"] - started, "took": time.time() - started}


def _told(what: str, *arguments: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, what, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{what} {arguments[0]} failed: {done.stderr.strip().splitlines()[-1:]}")
    told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return told


def unequal(attempts: Sequence[ContenderRun]) -> list[str]:
    """Where a side did other work than the scripts, one line each: steps, images, or the law of final losses."""
    found = []
    for task in dict.fromkeys(attempt.task for attempt in attempts):
        own = [attempt for attempt in attempts if attempt.task == task]
        scripted = [run for attempt in own if attempt.side == ALONE for run in attempt.runs]
        for attempt in own:
            where = f"{task}, {attempt.side}, repeat {attempt.repeat}"
            for name in ("steps", "images"):
                values, wanted = ({run[name] for run in runs} for runs in (attempt.runs, scripted))
                if values != wanted:
                    found.append(f"{where}: {name} are {sorted(values)}, the script's {sorted(wanted)}")
            found += _other_losses(where, attempt.runs, scripted)
    return found


def _other_losses(where: str, runs: list[dict[str, Any]], scripted: list[dict[str, Any]]) -> list[str]:
    mine, theirs = ([run["test_loss"] for run in side] for side in (runs, scripted))
    if any(loss is None for loss in mine):
        return [f"{where}: a run has no test loss"]
    error = sum(stdev(side) ** 2 / len(side) for side in (mine, theirs) if len(side) > 1) ** 0.5
    if abs(mean(mine) - mean(theirs)) <= DOUBT * error + SLACK:
        return []
    return [f"{where}: mean test loss is {mean(mine):.3f}, the script's {mean(theirs):.3f}"]
