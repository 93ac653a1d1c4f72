"""How busy the machine is while a run goes on, under the names of MLflow's system metrics."""

from __future__ import annotations

import importlib
import importlib.util
import time
from typing import Any

import torch

from harness.records.provenance import now

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
