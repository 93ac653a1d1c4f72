"""A run: spec in, record out. Needs neither Hydra nor MLflow nor a checkout."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from harness.records.record import Record
from harness.records.store import CHECKPOINT
from harness.spec.errors import RequestError, StorageError
from harness.spec.machine import Machine
from harness.spec.rules import faults
from harness.spec.spec import Spec
from harness.training.allocator import keep_freed_memory
from harness.training.collector import collect_as_usual
from harness.training.evaluate import Point
from harness.training.hardware import Hardware, find_hardware
from harness.training.loop import Training
from harness.training.observer import Observer
from harness.training.recipe.optimizer import check_optimizer
from harness.training.recording import Keep, record
from harness.training.setup import Setup
from harness.training.step import Step
from harness.training.stop import Interrupted, Stop

LARGEST_FRACTION = 0.05
"""The largest fraction of a run's time that goes into checkpoints: the larger they are, the fewer are written."""


class TimeLimitError(Exception):
    """A run has taken longer than `time_limit_s`."""


@dataclass(frozen=True)
class RunContext:
    """Where a run's checkpoint lies, and the signals that ask it to stop."""

    folder: Path
    stop: Stop


class Guard:
    """Is called between steps; costs nothing but a look at the clock where nothing is due.

    Args:
        observer: what is seen of the run.
        training: what goes on.
        machine: how often a checkpoint is due, and the time limit.
        place: where the checkpoint lies; None for none.
    """

    def __init__(self, observer: Observer, training: Training, machine: Machine, place: RunContext | None) -> None:
        self._observer, self._training, self._place = observer, training, place
        self._every, self._limit = machine.checkpoint_s, machine.time_limit_s
        self._began = self._saved = time.monotonic()
        self._took = 0.0

    def resume(self) -> None:
        """Go on from the run's checkpoint; one that does not fit is set aside, and the run starts anew."""
        if self._place is None or not (path := self._place.folder / CHECKPOINT).is_file():
            return
        from harness.training import checkpoint

        try:
            state = checkpoint.read_checkpoint(path, self._header())
            if not self._observer.begins_as(state["session"]):
                raise checkpoint.UnfitError("its run began differently: images, weights or code have changed")
        except checkpoint.UnfitError as reason:
            path.replace(path.with_name(checkpoint.UNFIT))
            print(
                f"{path} is set aside as {checkpoint.UNFIT} and the run starts from its beginning: {reason}",
                file=sys.stderr,
            )
            return
        self._training.load_state_dict(state["training"])
        self._observer.load_state_dict(state["session"], self._training)

    def stepped(self) -> None:
        """After a step that nobody looks at.

        Raises:
            Interrupted: a signal asked for the end; the run goes on from here when it is started again.
            TimeLimitError: so does one that took too long.
        """
        self._end()
        if isinstance(self._every, float) and self._every > 0 and self._due(self._every):
            self.save()

    def evaluated(self) -> None:
        """After an evaluation; raises as `stepped` does."""
        self._end()
        if isinstance(self._every, float) and self._due(self._every):
            self.save()

    def save(self) -> None:
        """Write a checkpoint; where that cannot be, it is told, and the run goes on without."""
        if self._place is None or self._every == "none":
            return
        from harness.training import checkpoint

        started = time.monotonic()
        state = {"session": self._observer.state_dict(), "training": self._training.state_dict()}
        try:
            checkpoint.write_checkpoint(self._place.folder / CHECKPOINT, self._header(), state)
        except StorageError as error:
            print(f"no checkpoint: {error}", file=sys.stderr)
        self._saved = time.monotonic()
        self._took = self._saved - started

    def _header(self) -> dict[str, Any]:
        from harness.training import checkpoint

        return checkpoint.header(self._observer.setup.spec, self._observer.setup.hardware, self._training.step_name)

    def _due(self, every: float) -> bool:
        least = every if every == 0 else max(every, self._took / LARGEST_FRACTION)
        return time.monotonic() - self._saved >= least

    def _end(self) -> None:
        if self._place is not None and self._place.stop.requested:
            self._place.stop.unhurried()
            self.save()
            raise Interrupted(self._place.stop.requested)
        if self._limit is not None and time.monotonic() - self._began > self._limit:
            self.save()
            raise TimeLimitError(
                f"took longer than time_limit_s={self._limit:g}, at step {self._training.step}; the same command goes "
                "on from there"
            )


def run(
    spec: Spec,
    machine: Machine | None = None,
    executor: str = "sequential",
    keep: Keep | None = None,
    place: RunContext | None = None,
    parts: int = 1,
    on_point: Callable[[Point], None] | None = None,
    step: type[Step] = Step,
    setup: Setup | None = None,
) -> Record:
    """Train and test one model; the same spec gives the same record (bitwise on a CPU with as many threads).

    A loss that is not finite ends the run as `diverged`, with what was measured until then. The test part of the
    data is read once, after training.

    Args:
        spec: what is asked for.
        machine: where and how it is computed.
        executor: the name that the record tells.
        keep: is given the trained model when all is measured.
        place: where the run goes on from the checkpoint that is there, and leaves others.
        parts: cuts each batch further than the recipe does.
        on_point: hears of each further point of the curve while it is trained; what it raises ends the run without a
            record.
        step: how one step is computed.
        setup: the run's own, where it has been set up already.

    Raises:
        RequestError: the spec cannot be run as asked.
        ImpossibleConfiguration: this architecture cannot do it.
        TimeLimitError: it took longer than `machine.time_limit_s`.
        Interrupted: a signal asked for the end.
    """
    machine = machine or Machine()
    if setup is None:
        refuse(spec)
    hardware = settle(machine)
    devices = [hardware.device] if hardware.device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        setup = setup or Setup(spec, machine, hardware)
        observer = Observer(setup, machine)
        training = setup.training(parts, step)
        guard = Guard(observer, training, machine, place)
        guard.resume()
        with nullcontext() if place is None else place.stop.deferred():
            while True:
                with setup.clock.measure("train_s"):
                    reached = training.to_eval_point(guard.stepped)
                if reached is None or not observer.observe(reached):
                    break
                guard.evaluated()
                if on_point is not None:
                    on_point(observer.curve[-1])
        return record(observer, executor, training, keep=keep)


def refuse(spec: Spec) -> None:
    """Check what can be checked before data and model are loaded.

    Raises:
        RequestError: a rule is broken, or the optimizer is unavailable.
    """
    broken = [*faults(spec), *check_optimizer(spec.recipe)]
    if broken:
        raise RequestError(broken)


def settle(machine: Machine) -> Hardware:
    """The hardware that `machine` asks for, set up so that a run can be repeated.

    Raises:
        RequestError: the device is not found.
    """
    hardware = find_hardware(machine)
    if machine.threads != "auto":
        torch.set_num_threads(machine.threads)
    keep_freed_memory()
    collect_as_usual()
    # Convolution algorithms chosen by timing would differ from run to run.
    torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic = False, True
    return hardware
