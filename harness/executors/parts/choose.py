"""Which executor, and how the cores are dealt out."""

from __future__ import annotations

from harness.executors.parts.share import share
from harness.spec.machine import Machine
from harness.training.hardware import find_hardware


def deal(machine: Machine, n_runs: int) -> tuple[str, Machine]:
    """The executor's name and the machine with its numbers filled in, as `share` deals out the cores."""
    return share(machine, n_runs, find_hardware(machine).device.type == "cpu")
