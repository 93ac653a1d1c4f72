"""Times the programs and this package's command by turns, each from its start to its end in processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from harness.dev.bench.peers.task import BATCH, PARTS, SIZE, PeerTask, command_words, program_words, write_set
from harness.records.store import RECORD
from harness.training.evaluate import evaluation_steps

OURS = "harness"
PROGRAMS = {"bare loop": "bare", "timm's script": "timm_train", "Trainer": "trainer", "fastai": "fastai"}
WORKERS = (0, 1, 2)
"""Numbers of loading processes that each program is tried with, for one epoch of full fine-tuning."""

STEPS = PARTS["train"] // BATCH
"""Of an epoch."""

DOUBT, SLACK = 4.0, 0.1
"""Standard errors, and nats beside them, by which mean test losses may differ: order and head draw are each side's."""


@dataclass(frozen=True)
class PeerTiming:
    """One side of a task in one repeat: `runs` trainings by one command, or one by a program.

    `startup_s` are the seconds to the end of a program's imports, and to the first run's opening its data here, where
    the model is checked before. `did` holds what each run told of its work.
    """

    task: str
    side: str
    repeat: int
    wall_s: float
    cpu_s: float
    startup_s: float
    workers: int | None
    load: float
    did: list[dict[str, Any]]

    @property
    def per_run(self) -> float:
        """Seconds a run takes, start-up included."""
        return self.wall_s / len(self.did)

    @property
    def trained_per_run(self) -> float:
        """Seconds a run takes once everything is imported; of a sweep its start-up is taken off once."""
        return (self.wall_s - self.startup_s) / len(self.did)

    def as_json(self) -> dict[str, Any]:
        """Fields and times by name."""
        return {**asdict(self), "per_run_s": self.per_run, "per_run_without_startup_s": self.trained_per_run}


Say = Callable[[PeerTiming], None]


def measure(tasks: Sequence[PeerTask], repeats: int, workers: Sequence[int], say: Say) -> dict[str, list[PeerTiming]]:
    """`trials` of each program with each number of workers, and the `repeats`, whose sides take turns.

    Of a task of several runs, the programs are the one that was fastest on the trials' data and transfer: started
    once for each run, it takes that many times as long.
    """
    found: dict[str, list[PeerTiming]] = {"trials": [], "repeats": []}
    for data in dict.fromkeys(task.data for task in tasks):
        own = [task for task in tasks if task.data == data]
        with tempfile.TemporaryDirectory(prefix="harness-peers-") as name:
            folder = write_set(data, Path(name))
            best = _best(folder, own[0], workers, found["trials"], say)
            for task in own:
                sides = [OURS, *(PROGRAMS if task.runs == 1 else [_fastest(folder, task, best, found["trials"], say)])]
                for repeat in range(repeats):
                    for side in sides[:: 1 if repeat % 2 == 0 else -1]:
                        found["repeats"].append(timed(task, side, repeat, folder, best.get(side)))
                        say(found["repeats"][-1])
    return found


def _best(folder: Path, task: PeerTask, workers: Sequence[int], trials: list[PeerTiming], say: Say) -> dict[str, int]:
    """Of each program the number of workers that it is fastest with."""
    best = {}
    for side in PROGRAMS:
        tried = {}
        for count in workers:
            trial = timed(PeerTask("trial", task.data, "full", 1), side, 0, folder, count)
            trials.append(trial)
            say(trial)
            tried[count] = trial.wall_s
        best[side] = min(tried, key=tried.__getitem__)
    return best


def _fastest(folder: Path, task: PeerTask, best: dict[str, int], trials: list[PeerTiming], say: Say) -> str:
    """The program that is fastest at a task by one short trial of each: start-up and the task's epochs."""
    tried = {}
    for side in PROGRAMS:
        trial = timed(PeerTask(f"trial of {task.transfer}", task.data, task.transfer, 1), side, 0, folder, best[side])
        trials.append(trial)
        say(trial)
        tried[side] = trial.wall_s + (task.epochs - 1) * trial.did[0]["train_s"]
    return min(tried, key=tried.__getitem__)


def timed(task: PeerTask, side: str, repeat: int, folder: Path, workers: int | None) -> PeerTiming:
    """One command with all its processes.

    Raises:
        SystemExit: it failed.
    """
    kept = {key: value for key, value in os.environ.items() if not key.endswith("_NUM_THREADS")}
    seed, load = repeat * task.runs, os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="harness-peers-") as name:
        out = Path(name)
        if side == OURS:
            words = ["-m", "harness", *command_words(task, folder, out / "runs", seed)]
        else:
            threads = len(os.sched_getaffinity(0))
            words = ["-m", f"harness.dev.bench.peers.sides.{PROGRAMS[side]}"]
            words += program_words(task, folder, seed, workers or 0, threads)
        # Nothing is decoded beforehand; the weights under timm's names are, on both sides.
        environment = {**kept, "HARNESS_CACHE": str(out / "cache")} if side == OURS else kept
        began = time.time()
        with (out / "said").open("w+b") as said, (out / "errors").open("w+b") as errors:
            child = subprocess.Popen([sys.executable, *words], cwd=out, env=environment, stdout=said, stderr=errors)
            _, status, used = os.wait4(child.pid, 0)
            wall = time.time() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise SystemExit(f"{task.name}, {side} failed:\n" + (out / "errors").read_text()[-2000:])
        lines = (out / "said").read_text().strip().splitlines()
        did = _recorded(out / "runs") if side == OURS else [json.loads(lines[-1])]
    startup = min(run["ready"] for run in did) - began
    return PeerTiming(
        task.name, side, repeat, wall, used.ru_utime + used.ru_stime, startup, workers, round(load, 2), did
    )


def _recorded(out: Path) -> list[dict[str, Any]]:
    """What the records say, in the programs' words."""
    found = []
    for file in sorted(out.glob(f"*/*/{RECORD}")):
        record = json.loads(file.read_text())
        spec, timing = record["spec"], record["timing"]
        found.append(
            {
                "ready": datetime.fromisoformat(record["provenance"]["started"]).timestamp(),
                "train_s": timing["train_s"],
                "steps": record["metrics"]["steps"],
                "images": round(timing["train_images"]),
                "evaluated": len(record["curve"]) * record["data"]["n_val"] + record["data"]["n_test"],
                "shapes": [[spec["recipe"]["batch_size"], 3, spec["data"]["size"], spec["data"]["size"]]],
                "precision": [record["provenance"]["precision"]],
                "optimizer": spec["recipe"]["optimizer"],
                "threads": record["provenance"]["threads"],
                "executor": record["provenance"]["executor"],
                "test_loss": record["metrics"]["loss"],
                "test_top1": record["metrics"]["top1"],
                "timing": timing,
            }
        )
    return found


def unequal(tasks: Sequence[PeerTask], timings: Sequence[PeerTiming]) -> list[str]:
    """Where a side did other work than was asked for, or ends elsewhere than the other sides do; one line each.

    A program evaluates after each epoch; this package before the first and at the early points of its curve, too.
    """
    found = []
    for task in tasks:
        steps = task.epochs * STEPS
        wanted: dict[str, Any] = {
            "steps": steps, "images": steps * BATCH, "shapes": [[BATCH, 3, SIZE, SIZE]], "precision": ["float32"],
            "optimizer": "adamw",
        }  # fmt: skip
        own = [timing for timing in timings if timing.task == task.name]
        for timing in own:
            runs = task.runs if timing.side == OURS else 1
            if len(timing.did) != runs:
                found.append(f"{task.name}, {timing.side}: {len(timing.did)} runs in place of {runs}")
            points = 1 + len(evaluation_steps(STEPS, task.epochs)) if timing.side == OURS else task.epochs
            evaluated = points * PARTS["val"] + PARTS["test"]
            for key, value in {**wanted, "evaluated": evaluated}.items():
                found += [f"{task.name}, {timing.side}: {key} is {did[key]}" for did in timing.did if did[key] != value]
        for side in dict.fromkeys(timing.side for timing in own):
            found += _other_losses(task, side, own)
    return found


def _other_losses(task: PeerTask, side: str, own: Sequence[PeerTiming]) -> list[str]:
    mine, others = (
        [did["test_loss"] for timing in own if (timing.side == side) is same for did in timing.did]
        for same in (True, False)
    )
    if not mine or not others:
        return []
    error = sum(stdev(losses) ** 2 / len(losses) for losses in (mine, others) if len(losses) > 1) ** 0.5
    if abs(mean(mine) - mean(others)) <= DOUBT * error + SLACK:
        return []
    return [f"{task.name}, {side}: mean test loss {mean(mine):.3f}, that of all others {mean(others):.3f}"]
