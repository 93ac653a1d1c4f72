"""A run: spec in, record out. Needs neither Hydra nor MLflow nor a checkout."""

from __future__ import annotations

import torch

from harness.recipe.optimizer import check_optimizer
from harness.records.record import Record
from harness.spec.errors import RequestError
from harness.spec.machine import Machine
from harness.spec.rules import faults
from harness.spec.spec import Spec
from harness.training.hardware import Hardware, find_hardware
from harness.training.session import Keep, Session


def run(spec: Spec, machine: Machine | None = None, executor: str = "sequential", keep: Keep | None = None) -> Record:
    """Train and test one model; the same spec gives the same record (bitwise on a CPU with as many threads).

    A loss that is not finite ends the run as `diverged`, with what was measured until then. The test part of the
    data is read once, after training. `keep` is given the trained model when all is measured.

    Raises:
        RequestError: the spec cannot be run as asked.
        ImpossibleCell: this architecture cannot do it.
    """
    refuse(spec)
    machine = machine or Machine()
    hardware = settle(machine)
    devices = [hardware.device] if hardware.device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        session = Session(spec, machine, hardware)
        pauses = session.pauses()
        while True:
            with session.clock.measure("train_s"):
                pause = next(pauses, None)
            if pause is None or not session.observe(pause):
                return session.record(executor, keep)


def refuse(spec: Spec) -> None:
    """Look at what can be told before data and model are there.

    Raises:
        RequestError: a rule is broken, or the optimiser cannot be had.
    """
    broken = [*faults(spec), *check_optimizer(spec.recipe)]
    if broken:
        raise RequestError(broken)


def settle(machine: Machine) -> Hardware:
    """The hardware that `machine` asks for, set up so that a run can be repeated.

    Raises:
        RequestError: the device is not there.
    """
    hardware = find_hardware(machine)
    if machine.threads != "auto":
        torch.set_num_threads(machine.threads)
    # Convolution algorithms chosen by timing would differ from run to run.
    torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic = False, True
    return hardware
