"""The device, precision and threads that a run is computed with, and what it costs there: seconds, memory, load."""

from __future__ import annotations

import importlib
import importlib.util
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from harness.records.record import now
from harness.spec.errors import RequestError
from harness.spec.machine import DISTRIBUTED, GRAPHED, Machine, world


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
        RequestError: the device is not found, or does not have the CUDA graphs that the executor needs.
    """
    names = available()
    wanted = machine.device
    if wanted == "auto":
        wanted = "cuda:0" if "cuda:0" in names else "cpu"
    if wanted == "cuda":
        wanted = "cuda:0"
    if wanted not in names:
        raise RequestError(f"device: {machine.device} not found; this machine has {', '.join(names)} (or auto)")
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


class Clock:
    """Seconds spent on each named part of a run."""

    def __init__(self, device: torch.device) -> None:
        self.seconds: dict[str, float] = {}
        self._device = device

    @contextmanager
    def measure(self, part: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self._wait()
            self.add(part, time.perf_counter() - started)

    def add(self, part: str, seconds: float) -> None:
        """Seconds that were measured elsewhere: a run's fraction of what several runs took together."""
        self.seconds[part] = self.seconds.get(part, 0.0) + seconds

    def _wait(self) -> None:
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)


class _Held(TorchDispatchMode):
    """Follows the storages that operations make, for as long as anything holds them, a graph of gradients included."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.peak: int = 0
        self._bytes: dict[StorageWeakRef, int] = {}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        made = func(*args, **(kwargs or {}))
        given = {StorageWeakRef(leaf.untyped_storage()) for leaf in tree_leaves(args) if isinstance(leaf, Tensor)}
        for leaf in tree_leaves(made):
            if isinstance(leaf, Tensor):
                storage = leaf.untyped_storage()
                reference = StorageWeakRef(storage)
                if reference not in given:
                    self._bytes[reference] = storage.nbytes()
        self._bytes = {reference: size for reference, size in self._bytes.items() if not reference.expired()}
        self.peak = max(self.peak, sum(self._bytes.values()))
        return made


def peak_bytes(compute: Callable[[], object], device: torch.device) -> int:
    """Bytes that tensors take on the device at most while `compute` runs, beyond those that were there before.

    On a GPU the allocator's own count. Elsewhere the storages that are alive after each operation, so that what one
    operation needs for itself is not seen; the process' resident size would show the allocator's caches instead, and
    whatever other threads do.
    """
    if device.type != "cuda":
        held = _Held()
        with held:
            compute()
        return held.peak
    torch.cuda.synchronize(device)
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    compute()
    torch.cuda.synchronize(device)
    peak = int(torch.cuda.max_memory_allocated(device))
    return peak - before


INTERVAL_S = 10.0
"""Between two readings at least; as often as MLflow's own monitor reads."""


class MachineUsage:
    """Readings of the whole machine, taken where a run stands still anyway: no thread, and nothing that it computes.

    Each holds `time`, `cpu_utilization_percentage` (since the reading before), `system_memory_usage_megabytes`,
    `system_memory_usage_percentage` and, of the run's GPU where nvidia-ml-py is installed,
    `gpu_N_utilization_percentage` and `gpu_N_memory_usage_megabytes`. Without psutil there are none.
    """

    def __init__(self, device: torch.device) -> None:
        self.readings: list[dict[str, Any]] = []
        self._library = importlib.import_module("psutil") if importlib.util.find_spec("psutil") else None
        watched = device.type == "cuda" and importlib.util.find_spec("pynvml") is not None
        self._gpu = device if watched else None
        self._read_at, self._busy, self._total = time.monotonic(), *self._processor()

    def pause(self) -> None:
        """Read, where the reading before is ten seconds old."""
        if time.monotonic() - self._read_at >= INTERVAL_S:
            self.read()

    def read(self) -> None:
        """Add a reading."""
        if self._library is None:
            return
        busy, total = self._processor()
        memory = self._library.virtual_memory()
        reading = {
            "time": now(),
            "system_memory_usage_megabytes": round(memory.used / 1e6, 1),
            "system_memory_usage_percentage": memory.percent,
        }
        if total > self._total:  # the clock of the processor's times ticks a hundred times a second
            reading["cpu_utilization_percentage"] = round(100 * (busy - self._busy) / (total - self._total), 1)
        if self._gpu is not None:
            name = f"gpu_{self._gpu.index or 0}"
            reading[f"{name}_utilization_percentage"] = torch.cuda.utilization(self._gpu)
            reading[f"{name}_memory_usage_megabytes"] = round(torch.cuda.device_memory_used(self._gpu) / 1e6, 1)
        self.readings.append(reading)
        self._read_at, self._busy, self._total = time.monotonic(), busy, total

    def _processor(self) -> tuple[float, float]:
        """Seconds that all cores were busy, and all seconds that there were; time lent to guests is in `user`."""
        if self._library is None:
            return 0.0, 0.0
        spent = self._library.cpu_times()._asdict()
        total = sum(spent.values()) - spent.get("guest", 0.0) - spent.get("guest_nice", 0.0)
        return total - spent["idle"] - spent.get("iowait", 0.0), total
