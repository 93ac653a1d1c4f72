"""Which executor trains runs on the hardware that is found, and how its cores are dealt out to them."""

from __future__ import annotations

import os

from harness.spec.machine import DISTRIBUTED, Machine, world


def share_cores(machine: Machine, n_runs: int, on_cpu: bool) -> tuple[str, Machine]:
    """The executor's name and the machine with its numbers of workers, threads and loaders filled in.

    On a CPU, small models gain more from a second run than from a second thread, so a sweep gives each run one
    thread and each core a run; a single run has all cores. On a GPU runs follow each other.
    Processes that torchrun started share the cores, and each run.
    """
    cores = len(os.sched_getaffinity(0))
    if world().count > 1:
        each = max(1, cores // world().here)
        threads, loaders = (each if asked == "auto" else asked for asked in (machine.threads, machine.loaders))
        return DISTRIBUTED, machine.model_copy(update={"threads": threads, "loaders": loaders, "workers": 1})
    each = 1 if on_cpu and n_runs > 1 and machine.executor != "sequential" else cores
    threads = each if machine.threads == "auto" else machine.threads
    automatic = max(1, cores // threads) if on_cpu else 1
    workers = automatic if machine.workers == "auto" else machine.workers
    loaders = max(1, cores // workers) if machine.loaders == "auto" else machine.loaders
    dealt = machine.model_copy(update={"threads": threads, "workers": workers, "loaders": loaders})
    return one_by_one(n_runs, on_cpu) if machine.executor == "auto" else machine.executor, dealt


def one_by_one(n_runs: int, on_cpu: bool) -> str:
    """The executor that trains runs one by one.

    Several runs get a worker on a CPU even where it is the only one: a crash then ends the run that it is in, not the
    sweep. What has opened a GPU cannot be forked, and a single run has nobody to take with it.
    """
    return "processes" if n_runs > 1 and on_cpu else "sequential"


def _on_cpu(machine: Machine) -> bool:
    from harness.training.hardware import find_hardware  # imports torch, which the cores alone do not need

    return find_hardware(machine).device.type == "cpu"


def deal(machine: Machine, n_runs: int) -> tuple[str, Machine]:
    """The executor's name and the machine with its numbers filled in, as `share_cores` deals out the cores.

    `auto` takes no pack here; `harness.study.assignment` does, for it knows which runs are compared.
    """
    return share_cores(machine, n_runs, _on_cpu(machine))


def single(machine: Machine, n_runs: int) -> str:
    """The executor that trains runs one by one on this machine."""
    return one_by_one(n_runs, _on_cpu(machine))
