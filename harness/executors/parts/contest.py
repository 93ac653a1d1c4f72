"""A few steps of full fine-tuning, as a pack and one by one: which is faster here."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import torch

from harness.executors.fused import KIND
from harness.executors.parts.equivalence import batches_of, steps_alone, twin
from harness.executors.parts.forked import forked
from harness.executors.parts.kind import course
from harness.executors.parts.member import Member
from harness.executors.parts.pack import Stepper
from harness.executors.parts.train import agreed
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.training.run import settle
from harness.training.session import Session

ROUNDS, STEPS, MOST = 5, 3, 4
"""Rounds by turns, steps in each, and how many kinds of runs are tried."""

GAIN = 1.2
"""How much faster a pack has to be: the timing's own noise must not decide how a study is computed."""


@dataclass(frozen=True)
class Contest:
    """Median seconds that a step takes for one run: by itself, and in a pack of so many."""

    backbone: str
    pack: int
    single_s: float
    packed_s: float

    @property
    def won(self) -> bool:
        """Whether the pack is faster, and clearly."""
        return self.packed_s * GAIN < self.single_s

    def as_json(self) -> dict[str, Any]:
        """Its fields by name."""
        return asdict(self)


def contest(specs: Sequence[Spec], machine: Machine) -> list[Contest]:
    """Time the first runs of each course; one that does not fill a pack, or whose pack is refused, loses.

    Nothing is timed where a run raises or crashes; there packs are not used.

    On a CPU a process of its own does it, since what was computed by several threads does not survive a fork.
    """
    courses: dict[Any, list[Spec]] = {}
    for spec in specs:
        courses.setdefault((course(spec), spec.creation.model_dump_json()), []).append(spec)
    entrants = [alike[: KIND.largest] for alike in itertools.islice(courses.values(), MOST)]
    try:
        if machine.device != "cpu" and torch.cuda.is_available():
            return [_try(alike, machine) for alike in entrants]
        assert isinstance(machine.threads, int)
        with forked(1, machine.threads) as pool:
            return list(pool.map(_try, entrants, itertools.repeat(machine)))
    except Exception as error:  # a crash of the worker among them: whose fault it is, the record of the run will tell
        told = " ".join(str(error).split()) or type(error).__name__
        print(f"packs could not be timed ({told}); runs are trained one by one", file=sys.stderr, flush=True)
        return []


def _try(specs: Sequence[Spec], machine: Machine) -> Contest:
    hardware = settle(machine)
    devices = [hardware.device] if hardware.device.type == "cuda" else []
    never = Contest(specs[0].backbone.name, len(specs), 0.0, 1.0)
    if len(specs) < KIND.largest:
        return never
    with torch.random.fork_rng(devices):
        members = [Member(Session(spec, machine, hardware), hardware.device) for spec in specs]
        make = agreed(KIND, KIND.structure(members[0]), members)
        if make is None or len({KIND.structure(member) for member in members}) > 1:
            return never
        device = hardware.device
        single = twin(members[0], torch.float32, device)
        packed = [twin(member, torch.float32, device) for member in members]
        stepper = Stepper(make(packed), packed, hardware)
        rates = [member.schedule(0) for member in members]
        batches, targets = (each.to(device) for each in batches_of(members, STEPS, members[0].batch_size))
        seconds: dict[bool, list[float]] = {False: [], True: []}
        for _ in range(ROUNDS):
            for together in (False, True):
                started = time.perf_counter()
                if together:
                    for step in range(STEPS):
                        losses = stepper.step(batches[:, step], targets[:, step], rates)
                else:
                    losses = torch.stack(list(steps_alone(single, batches[0], targets[0], hardware)))
                losses.sum().item()  # waits for the device
                seconds[together].append((time.perf_counter() - started) / STEPS)
    alone, whole = (median(seconds[together][1:]) for together in (False, True))
    return Contest(specs[0].backbone.name, len(members), alone, whole / len(members))
