"""Which executor, and how the cores are dealt out."""

from __future__ import annotations

import os

from harness.spec.machine import Machine
from harness.training.hardware import find_hardware


def deal(machine: Machine, n_runs: int) -> tuple[str, Machine]:
    """The executor's name and the machine with its numbers of workers, threads and loaders filled in.

    On a CPU, small models gain more from a second run than from a second thread, so a sweep gives each run one
    thread and each core a run; a single run has all cores. On a GPU runs follow each other. `auto` takes no pack here;
    `harness.studies.assignment` does, for it knows which runs are compared.
    """
    on_cpu = find_hardware(machine).device.type == "cpu"
    cores = len(os.sched_getaffinity(0))
    share = 1 if on_cpu and n_runs > 1 and machine.executor != "sequential" else cores
    threads = share if machine.threads == "auto" else machine.threads
    automatic = max(1, cores // threads) if on_cpu else 1
    workers = automatic if machine.workers == "auto" else machine.workers
    loaders = max(1, cores // workers) if machine.loaders == "auto" else machine.loaders
    dealt = machine.model_copy(update={"threads": threads, "workers": workers, "loaders": loaders})
    return single(dealt, n_runs) if machine.executor == "auto" else machine.executor, dealt


def single(machine: Machine, n_runs: int) -> str:
    """The executor that trains runs one by one; `machine.workers` is a number."""
    on_cpu = find_hardware(machine).device.type == "cpu"
    assert isinstance(machine.workers, int)
    return "processes" if machine.workers > 1 and n_runs > 1 and on_cpu else "sequential"
