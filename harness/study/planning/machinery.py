"""What runs would be computed on and how, found without torch where there can only be a CPU."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from harness.execution.choose import share_cores
from harness.spec.machine import Machine

SIGNS = ("/dev/nvidiactl", "/dev/nvidia0", "/dev/kfd", "/dev/dxg")
"""The device files of NVIDIA's and AMD's drivers, and of a GPU in the Windows subsystem for Linux."""

LIBRARIES = ("torch", "timm")


@dataclass(frozen=True)
class Machinery:
    """As a record's provenance has it: `device` is its kind, cpu, cuda or mps."""

    device: str
    precision: str
    threads: int
    workers: int
    executor: str
    versions: dict[str, str]


def machinery(machine: Machine, n_runs: int) -> Machinery:
    """What so many runs would be computed with.

    Raises:
        RequestError: the device is unavailable.
    """
    device, precision = "cpu", str("float32" if machine.precision == "auto" else machine.precision)
    if machine.device != "cpu" and (machine.device != "auto" or _maybe_accelerated()):
        from harness.training.hardware import find_hardware

        hardware = find_hardware(machine)
        device, precision = hardware.device.type, hardware.precision
    executor, dealt = share_cores(machine, n_runs, device == "cpu")
    assert isinstance(dealt.threads, int)
    assert isinstance(dealt.workers, int)
    workers = dealt.workers if executor == "processes" else 1
    return Machinery(device, precision, dealt.threads, workers, executor, _versions())


def _maybe_accelerated() -> bool:
    return sys.platform == "darwin" or any(Path(sign).exists() for sign in SIGNS)


def _versions() -> dict[str, str]:
    found = {}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found
