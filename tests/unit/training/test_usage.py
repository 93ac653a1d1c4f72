"""The machine's load, read at a run's own pauses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import torch

from harness.records.record import Record
from harness.spec.spec import Spec
from harness.training import hardware
from harness.training.hardware import MachineUsage

pytest.importorskip("psutil")


def test_a_run_tells_the_load_in_mlflows_names(trained: Callable[[Spec], Record], quick: Callable[..., Spec]) -> None:
    provenance = trained(quick()).provenance
    [reading] = provenance["usage"]
    assert 0 < reading["system_memory_usage_percentage"] <= 100
    assert 0 <= reading["cpu_utilization_percentage"] <= 100
    started, taken, finished = map(
        datetime.fromisoformat, (provenance["started"], reading["time"], provenance["finished"])
    )
    assert started <= taken <= finished


def test_pauses_are_read_only_when_the_last_reading_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = MachineUsage(torch.device("cpu"))
    for _ in range(100):
        watched.pause()
    assert watched.readings == []
    monkeypatch.setattr(hardware, "INTERVAL_S", 0.0)
    watched.pause()
    assert len(watched.readings) == 1


def test_without_psutil_there_are_no_readings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    watched = MachineUsage(torch.device("cpu"))
    watched.read()
    assert watched.readings == []
