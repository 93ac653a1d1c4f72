"""What every process but the first does: its share of each step."""

from __future__ import annotations

import signal
import sys

import torch

from harness.execution.distributed.ranks import BeginRun, End, Learn, RankState, Work, hear, joined
from harness.execution.distributed.step import FollowingStep
from harness.execution.packing.packed_run import PackedRun
from harness.spec.machine import Machine, world
from harness.spec.spec import Spec
from harness.spec.streams import stream
from harness.training.run import settle
from harness.training.setup import Setup

OK, LOST = 0, 1


def follow() -> int:
    """Do what the first process says until it is done; returns the exit code.

    Signals are the first one's to obey: it saves, and says when it ends.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
        signal.signal(number, signal.SIG_IGN)
    with joined():
        try:
            return _follow()
        except Exception as error:  # a share that cannot be computed, or nobody who leads
            told = " ".join(str(error).split()) or type(error).__name__
            print(f"rank {world().rank} of {world().count} ends: {told}", file=sys.stderr, flush=True)
            return LOST


def _follow() -> int:
    machine, step = Machine(), None
    while True:
        match hear():
            case Work() as work:
                machine = _here(work)
            case BeginRun() as run:
                step = _begun(run, machine)
            case RankState() as state if step:
                step.begin(state)
            case Learn() as asked if step:
                step.learn(asked)
            case End():
                return OK


def _here(work: Work) -> Machine:
    machine = Machine.model_validate_json(work.machine)
    device = "cpu" if work.device == "cpu" else f"{work.device}:{world().local_rank}"
    return machine.model_copy(update={"device": device, "monitors": False})


def _begun(run: BeginRun, machine: Machine) -> FollowingStep:
    spec, hardware = Spec.model_validate_json(run.spec), settle(machine)
    step = PackedRun(Setup(spec, machine, hardware), hardware.device).stepper(FollowingStep, hardware)
    torch.manual_seed(stream(spec, "dropout") + world().rank)
    assert isinstance(step, FollowingStep)
    return step
