"""The executors that take some runs only, and a few steps by each of them: which is fastest here."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import torch
from torch import Tensor

from harness.execution.executors import fused, graphed, probe
from harness.execution.executors.fused import PACK_SPEC
from harness.execution.forked import forked
from harness.execution.packing.capture import StaticStep
from harness.execution.packing.equivalence import batches_of, twin
from harness.execution.packing.packed_run import PackedRun
from harness.execution.packing.plan import PackPlan, agreed, creation_of, schedule_key
from harness.spec.machine import GRAPHED, Machine
from harness.spec.spec import Spec
from harness.training.hardware import Hardware
from harness.training.recording import out_of_memory
from harness.training.run import settle
from harness.training.setup import Setup
from harness.training.step import Step

STEPS = 3

Steps = Callable[[], Tensor]
"""Takes so many steps and gives their losses, for which the device has to be waited for."""


def by_itself(run: PackedRun, step: type[Step], hardware: Hardware) -> Steps:
    """Those of a single run, in its batches' own size."""
    copied = twin(run, torch.float32, hardware.device)
    stepper, rate, parts = copied.stepper(step, hardware), copied.schedule(0), copied.recipe.grad_accum_steps
    [batches], [targets] = _batches([run], hardware)

    def steps() -> Tensor:
        for inputs, wanted in zip(batches, targets, strict=True):
            stepper(inputs, wanted, rate, parts)
        return stepper.total

    return steps


def in_pack(plan: PackPlan, runs: Sequence[PackedRun], size: int, hardware: Hardware) -> Steps:
    """Those of a pack of `size` runs; beyond those that are given, twins of them: it is the number that takes the
    time."""
    packed = [twin(runs[at % len(runs)], torch.float32, hardware.device) for at in range(size)]
    step = plan.step_of(plan.make(packed), packed, hardware)
    batches, targets = _batches(packed, hardware)
    rates = batches.new_tensor([run.schedule(0) for run in packed])

    def steps() -> Tensor:
        for at in range(STEPS):
            step(batches[:, at], targets[:, at], rates)
        return step.total

    return steps


def _batches(runs: Sequence[PackedRun], hardware: Hardware) -> tuple[Tensor, Tensor]:
    batches, targets = batches_of(runs, STEPS, runs[0].batch_size)
    return batches.to(hardware.device), targets.to(hardware.device)


@dataclass(frozen=True)
class Candidate:
    """An executor's name, and why it cannot take a run; None where it can."""

    name: str
    refusal: Callable[[Spec, Machine], str | None]


CANDIDATES = (
    Candidate(probe.PACK_SPEC.name, probe.refusal),
    Candidate(fused.PACK_SPEC.name, fused.refusal),
    Candidate(GRAPHED, graphed.refusal),
)


ROUNDS, MOST = 5, 4
"""Rounds by turns, and how many kinds of runs are tried."""

FEWEST = 2
"""Rounds after which one that is slower is given up: with large networks the rest would take minutes."""

GAIN = 1.2
"""How much faster another executor has to be: the timing's own noise must not decide how a study is computed."""


@dataclass(frozen=True)
class Benchmark:
    """Median seconds that a step takes for one run: by itself, in a pack of so many, and as a CUDA graph.

    None where that cannot be.
    """

    backbone: str
    pack: int
    single_s: float
    packed_s: float | None
    graphed_s: float | None = None

    def won_by(self, executor: str) -> bool:
        """Whether `fused` is clearly faster than all others, or `graphed` than steps as they are."""
        if executor == GRAPHED:
            return self.graphed_s is not None and self.graphed_s * GAIN < self.single_s
        others = (self.single_s, *(() if self.graphed_s is None else (self.graphed_s,)))
        return self.packed_s is not None and self.packed_s * GAIN < min(others)

    def as_json(self) -> dict[str, Any]:
        """Its fields by name."""
        return asdict(self)


def benchmarks(specs: Sequence[Spec], machine: Machine) -> list[Benchmark]:
    """Time the first runs of each course; runs that do not fill a pack, or for which there is no memory, are in none.

    It ends with the first course on which nothing wins: an executor is chosen where it is faster on all of them.
    Nothing is timed where a run raises or crashes; there packs are not used.

    On a CPU a process of its own does it, since what was computed by several threads does not survive a fork.
    """
    by_schedule: dict[Any, list[Spec]] = {}
    for spec in sorted(specs, key=creation_of):  # as packs are dealt
        by_schedule.setdefault(schedule_key(spec), []).append(spec)
    candidates = [alike[: PACK_SPEC.largest] for alike in itertools.islice(by_schedule.values(), MOST)]
    try:
        if machine.device != "cpu" and torch.cuda.is_available():
            return _until_lost(_try(alike, machine) for alike in candidates)
        assert isinstance(machine.threads, int)
        with forked(1, machine.threads) as pool:
            return _until_lost(pool.submit(_try, alike, machine).result() for alike in candidates)
    except Exception as error:  # a crash of the worker among them: whose fault it is, the record of the run will tell
        message = " ".join(str(error).split()) or type(error).__name__
        print(f"packs could not be timed ({message}); runs are trained one by one", file=sys.stderr, flush=True)
        return []


def _until_lost(timed: Iterable[Benchmark]) -> list[Benchmark]:
    found = []
    for each in timed:
        found.append(each)
        if not any(each.won_by(candidate.name) for candidate in CANDIDATES):
            break
    return found


def _try(specs: Sequence[Spec], machine: Machine) -> Benchmark:
    hardware, name = settle(machine), specs[0].backbone.name
    captures = graphed.refusal(specs[0], machine) is None and graphed.is_sound(specs[0], machine)
    packs = len(specs) == PACK_SPEC.largest and all(PACK_SPEC.refusal(spec, machine) is None for spec in specs)
    untimed = Benchmark(name, 1, 1.0, None)
    if not packs and not captures:
        return untimed
    with torch.random.fork_rng([hardware.device] if hardware.device.type == "cuda" else []):
        runs = [PackedRun(Setup(spec, machine, hardware), hardware.device) for spec in specs]
        structure, *others = {PACK_SPEC.structure(run) for run in runs}
        plan = agreed(PACK_SPEC, structure, runs) if packs and not others else None
        candidates = {"single": by_itself(runs[0], Step, hardware)}
        if captures:
            candidates["graphed"] = by_itself(runs[0], StaticStep, hardware)
        size = PACK_SPEC.most(hardware.device)
        try:
            if plan is not None:
                candidates["packed"] = in_pack(plan, runs, size, hardware)
            seconds = timed_steps(candidates, {"packed": size})
        except Exception as error:
            if not out_of_memory(error):
                raise
            return untimed
    packed_s = seconds["packed"] / size if "packed" in seconds else None
    return Benchmark(name, size if packed_s else 1, seconds["single"], packed_s, seconds.get("graphed"))


def timed_steps(candidates: dict[str, Steps], runs: dict[str, int]) -> dict[str, float]:
    """Seconds of a step, the median of the rounds after the first; `runs` is how many a step is for, if not one."""
    seconds: dict[str, list[float]] = {name: [] for name in candidates}
    for done in range(1, ROUNDS + 1):
        for name, step in candidates.items():
            started = time.perf_counter()
            step().sum().item()  # waits for the device
            seconds[name].append((time.perf_counter() - started) / STEPS)
        found = {name: median(each[1:] or each) for name, each in seconds.items()}
        if done >= FEWEST and all(found[name] / runs.get(name, 1) >= found["single"] for name in found):
            break
    return found
