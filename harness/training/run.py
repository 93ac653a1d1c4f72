"""A run: spec in, record out. Needs neither Hydra nor MLflow nor a checkout."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

import torch

from harness.records.record import Record
from harness.spec.errors import RequestError
from harness.spec.machine import Machine
from harness.spec.rules import faults
from harness.spec.spec import Spec
from harness.training.checkpoint import Guard, RunContext
from harness.training.evaluate import Point
from harness.training.hardware import Hardware, find_hardware
from harness.training.observer import Observer
from harness.training.recipe.optimizer import check_optimizer
from harness.training.recording import Keep, record
from harness.training.setup import Setup
from harness.training.step import Step


def run(
    spec: Spec,
    machine: Machine | None = None,
    executor: str = "sequential",
    keep: Keep | None = None,
    place: RunContext | None = None,
    parts: int = 1,
    told: Callable[[Point], None] | None = None,
    step: type[Step] = Step,
    setup: Setup | None = None,
) -> Record:
    """Train and test one model; the same spec gives the same record (bitwise on a CPU with as many threads).

    A loss that is not finite ends the run as `diverged`, with what was measured until then. The test part of the
    data is read once, after training. `keep` is given the trained model when all is measured. With a `place` the run
    goes on from the checkpoint that is there, and leaves others. `parts` cuts each batch further than the recipe does.
    `told` hears of each further point of the curve while it is trained, and what it raises ends the run without a
    record. `step` is how one step is computed. `setup` is the run's own, where it has been set up already.

    Raises:
        RequestError: the spec cannot be run as asked.
        ImpossibleCell: this architecture cannot do it.
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
                    pause = training.to_pause(guard.stepped)
                if pause is None or not observer.observe(pause):
                    break
                guard.paused()
                if told is not None:
                    told(observer.curve[-1])
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
    # Convolution algorithms chosen by timing would differ from run to run.
    torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic = False, True
    return hardware
