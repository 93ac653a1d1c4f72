"""`python -m tests.torture.sweep [--kills 100] [--out results/torture]`: sweeps killed again and again.

Two sweeps work on one study at once. At random moments, and often just when something is being written, one worker, one
sweep or both are killed with SIGKILL; what is dead is started again, until every run is done. Then another study takes
its place, until there were enough kills. Every record and every prediction is compared with those of a sweep that was
left in peace. All processes are forked from this one, so that none has to import anything.
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import psutil
import torch

from harness.dev.publish import publish
from harness.execution.executors.processes import processes
from harness.execution.executors.sequential import sequential
from harness.records import store
from harness.records.archive import done_ids
from harness.records.run_folder import tidy
from harness.spec.identity import run_id
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.training import checkpoint
from harness.training.loop import EvalPoint, Training
from harness.training.run import run
from tests.equality import differences

OTHER, TRAINING, WRITING = 0, 1, 2
NAMES = {OTHER: "other", TRAINING: "training", WRITING: "writing"}
MACHINE = Machine(device="cpu", threads=1, workers=2, checkpoint_s=0.05)
PATIENCE_S = 1800.0

_phases = mmap.mmap(-1, 1 << 22)  # one byte for each process there can be, shared with all that are forked


def runs(many: int) -> list[Spec]:
    """Small runs of several kinds: what remembers most, what is drawn most, and what is quick."""
    kinds: list[dict[str, Any]] = [
        {"backbone": {"name": "test_resnet"}, "recipe": {"optimizer": "sgd", "momentum": 0.9, "lr": 0.01}},
        {"backbone": {"name": "test_efficientnet"}, "regularization": {"drop_rate": 0.3, "drop_path_rate": 0.1}},
        {"backbone": {"name": "test_resnet"}, "recipe": {"ema_decay": 0.9, "early_stopping": 2, "mixup": 0.5}},
        {"backbone": {"name": "test_efficientnet"}, "transfer": {"name": "linear_probe"}},
    ]
    found = []
    for seed in range(many):
        groups = kinds[seed % len(kinds)]
        recipe = {"epochs": 3, "batch_size": 16, **groups.get("recipe", {})}
        data = {"name": "made", "samples": 200}
        found.append(Spec.model_validate({**groups, "recipe": recipe, "data": data, "seed": seed}))
    return found


@contextmanager
def phase(now: int) -> Iterator[None]:
    """Tell the parent what this process is doing."""
    before, _phases[os.getpid()] = _phases[os.getpid()], now
    try:
        yield
    finally:
        _phases[os.getpid()] = before


def mark_phases() -> None:
    """From here on, training and writing tell that they are going on."""
    to_eval_point, written = Training.to_eval_point, store.written

    def told(self: Training, *arguments: Callable[[], None]) -> EvalPoint | None:
        with phase(TRAINING):
            return to_eval_point(self, *arguments)

    @contextmanager
    def told_written(path: Path, last: bool = True) -> Iterator[BinaryIO]:
        with phase(WRITING), written(path, last) as stream:
            yield stream

    Training.to_eval_point = told  # type: ignore[method-assign]
    store.written = checkpoint.written = told_written  # type: ignore[attr-defined]


def conduct(specs: list[Spec], study: Path, executor: Callable[..., Iterator[Any]]) -> int:
    """Start a sweep in a process group of its own; returns its number."""
    child = os.fork()
    if child:
        with suppress(ProcessLookupError, PermissionError):
            os.setpgid(child, child)
        return child
    code = 1
    try:
        os.setpgid(0, 0)
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 2)
        done = done_ids(study)
        missing = [spec for spec in specs if run_id(spec) not in done]
        code = int(any(each["status"] == "failed" for each in executor(missing, MACHINE, study)))
    finally:
        os._exit(code)


@dataclass
class Tally:
    """What was killed, and doing what."""

    phases: Counter[str] = field(default_factory=Counter)
    targets: Counter[str] = field(default_factory=Counter)
    resumed: int = 0
    runs: int = 0
    studies: int = 0
    differences: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        """In all."""
        return sum(self.phases.values())


def _members(sweep: int) -> list[int]:
    """A sweep's process and its workers."""
    try:
        return [sweep, *(child.pid for child in psutil.Process(sweep).children(recursive=True))]
    except psutil.NoSuchProcess:
        return []


def _doing(members: list[int]) -> int:
    return max((_phases[member] for member in members), default=OTHER)


def kill(sweeps: list[int], draw: random.Random, tally: Tally) -> None:
    """Wait for a moment, mostly for one in which somebody trains or writes, and kill somebody."""
    time.sleep(draw.uniform(0.3, 2.5))
    [aim] = draw.choices((OTHER, TRAINING, WRITING), (15, 45, 40))
    until = time.monotonic() + 5.0
    hit: list[int] = []
    while aim and not hit and time.monotonic() < until:
        time.sleep(0.0005)
        hit = [each for each in sweeps if _doing(_members(each)) == aim]
    if aim == TRAINING:
        time.sleep(draw.uniform(0, 0.1))
    target = draw.choice(("one worker", "one sweep", "both sweeps"))
    chosen = sweeps if target == "both sweeps" else [draw.choice(hit or sweeps)]
    victims = [member for each in chosen for member in _members(each)]
    if target == "one worker":
        victims = sorted(victims, key=lambda victim: _phases[victim])[-1:]
    for victim in victims:  # first all stand still, so that what they are doing is what they died doing
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGSTOP)
    if not victims:
        return
    tally.phases[NAMES[_doing(victims)]] += 1
    tally.targets[target] += 1
    for victim in victims:
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)


def _reap(sweeps: list[int]) -> list[int]:
    """Those that are still there."""
    return [each for each in sweeps if os.waitpid(each, os.WNOHANG) == (0, 0)]


def torture(specs: list[Spec], study: Path, kills: int, draw: random.Random, tally: Tally) -> None:
    """Kill sweeps over one study until it is done, or there were enough kills and it was left to end."""
    sweeps: list[int] = []
    until = time.monotonic() + PATIENCE_S
    names = {run_id(spec) for spec in specs}
    while done_ids(study) < names:
        assert time.monotonic() < until, f"{study} does not come to its end"
        sweeps = _reap(sweeps)
        executors = [sequential, processes][: 2 - len(sweeps)]
        sweeps += [conduct(specs, study, executor) for executor in executors]
        if tally.kills < kills:
            kill(sweeps, draw, tally)
        else:
            time.sleep(0.2)
    for sweep in sweeps:
        os.waitpid(sweep, 0)
    tidy(study)
    tally.studies += 1


def compare(specs: list[Spec], peaceful: Path, study: Path, tally: Tally) -> None:
    """Every run once, every record whole, every number and every prediction the same, and nothing left behind."""
    found = sorted(path.name for path in study.iterdir())
    if found != sorted(run_id(spec) for spec in specs):
        tally.differences.append(f"{study.name}: folders {found}")
    for name, lines in differences(peaceful, study).items():
        tally.differences += [f"{study.name}/{name}: {line}" for line in lines]
    for name in map(run_id, specs):
        record = store.read_record(study, name)
        if record is None:
            continue
        tally.runs += 1
        tally.resumed += "resumed" in record["provenance"]
        left = {path.name for path in (study / name).iterdir()} - {store.RECORD, store.PREDICTIONS}
        if left:
            tally.differences.append(f"{study.name}/{name}: left behind {sorted(left)}")


def main(arguments: list[str] | None = None) -> int:
    """Kill, compare, and write what came of it; returns 1 where anything differs."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--runs", type=int, default=12, help="in each study")
    parser.add_argument("--seed", type=int, default=0, help="of the moments of the kills")
    parser.add_argument("--out", type=Path, help="folder of torture.json")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    specs, draw, tally = runs(asked.runs), random.Random(asked.seed), Tally()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="harness-torture-") as folder:
        place = Path(folder)
        for spec in runs(4):  # imports, images and weights, before anything is forked
            run(spec, MACHINE)
        mark_phases()
        os.waitpid(conduct(specs, place / "peaceful", processes), 0)
        while tally.kills < asked.kills:
            study = place / f"killed-{tally.studies}"
            torture(specs, study, asked.kills, draw, tally)
            compare(specs, place / "peaceful", study, tally)
            shutil.rmtree(study)
            print(f"{tally.kills} kills, {tally.runs} runs, {len(tally.differences)} differences", file=sys.stderr)
    told = {
        "command": f"python -m tests.torture.sweep --kills {asked.kills} --runs {asked.runs} --seed {asked.seed}",
        "kills": tally.kills,
        "while": dict(sorted(tally.phases.items())),
        "killed": dict(sorted(tally.targets.items())),
        "studies": tally.studies,
        "runs": tally.runs,
        "runs_gone_on_from_a_checkpoint": tally.resumed,
        "differences": tally.differences,
        "seconds": round(time.monotonic() - began),
        "torch": torch.__version__,
    }
    print(json.dumps(told, indent=1))
    if asked.out:
        return publish(asked.out / "torture.json", told, tally.differences)
    return 1 if tally.differences else 0


if __name__ == "__main__":
    sys.exit(main())
