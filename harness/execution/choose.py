"""Which executor trains runs on the hardware that is found."""

from __future__ import annotations

from harness.execution.cores import one_by_one, share_cores
from harness.spec.machine import Machine
from harness.training.hardware import find_hardware


def deal(machine: Machine, n_runs: int) -> tuple[str, Machine]:
    """The executor's name and the machine with its numbers filled in, as `share_cores` deals out the cores.

    `auto` takes no pack here; `harness.study.assignment` does, for it knows which runs are compared.
    """
    return share_cores(machine, n_runs, find_hardware(machine).device.type == "cpu")


def single(machine: Machine, n_runs: int) -> str:
    """The executor that trains runs one by one on this machine."""
    return one_by_one(n_runs, find_hardware(machine).device.type == "cpu")
