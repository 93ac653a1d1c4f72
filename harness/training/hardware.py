"""The device, precision and threads that a run is computed with."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch

from harness.spec.errors import RequestError
from harness.spec.machine import DISTRIBUTED, GRAPHED, Machine
from harness.spec.world import world


@dataclass(frozen=True)
class Hardware:
    """A device that is there, and what is computed on it in which precision."""

    device: torch.device
    precision: str
    threads: int
    gpu: str | None

    def autocast(self) -> AbstractContextManager[Any]:
        """Mixed precision where it is in use."""
        if self.precision == "float32":
            return nullcontext()
        return torch.autocast(self.device.type, dtype=getattr(torch, self.precision))

    def scaler(self) -> torch.amp.GradScaler:
        """What keeps small gradients from vanishing in float16; without effect in any other precision."""
        return torch.amp.GradScaler(self.device.type, enabled=self.precision == "float16")


def available() -> list[str]:
    """Names of the devices that are there."""
    names = ["cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
    return [*names, "mps"] if torch.backends.mps.is_available() else names


def find_hardware(machine: Machine) -> Hardware:
    """The hardware that `machine` asks for; `auto` takes a GPU where there is one, and mixed precision on it.

    Raises:
        RequestError: the device is not there, or has no graphs that the executor asks for.
    """
    names = available()
    wanted = machine.device
    if wanted == "auto":
        wanted = "cuda:0" if "cuda:0" in names else "cpu"
    if wanted == "cuda":
        wanted = "cuda:0"
    if wanted not in names:
        raise RequestError(f"device: {machine.device} is not there; this machine has {', '.join(names)} (or auto)")
    device = torch.device(wanted)
    if machine.executor == GRAPHED and device.type != "cuda":
        raise RequestError(f"executor: {GRAPHED} needs a CUDA device, and this run's is {wanted}; use executor=auto")
    _check_world(machine, device)
    gpu = torch.cuda.get_device_name(device) if device.type == "cuda" else None
    precision = machine.precision
    if precision == "auto":
        precision = "bfloat16" if device.type == "cuda" and torch.cuda.is_bf16_supported() else "float32"
    threads = torch.get_num_threads() if machine.threads == "auto" else machine.threads
    return Hardware(device, precision, threads, gpu)


def _check_world(machine: Machine, device: torch.device) -> None:
    told, found = f"executor: {machine.executor}", world()
    if found.count == 1 and machine.executor == DISTRIBUTED:
        raise RequestError(f"{told} needs processes: torchrun --nproc-per-node=2 -m harness ...; or use executor=auto")
    if found.count > 1 and machine.executor not in ("auto", DISTRIBUTED):
        raise RequestError(f"{told} is of one process, and torchrun started {found.count}; use executor=auto")
    if device.type == "cuda" and found.here > torch.cuda.device_count():
        there = torch.cuda.device_count()
        raise RequestError(f"torchrun: {found.here} processes on a machine with {there} GPUs; --nproc-per-node={there}")
