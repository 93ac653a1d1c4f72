"""How long executors are timed before a study: long enough to tell them apart, and no longer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from harness.execution.packing import benchmark
from harness.execution.packing.benchmark import FEWEST, ROUNDS, STEPS, timed_steps


@pytest.fixture
def taking(monkeypatch: pytest.MonkeyPatch) -> Callable[[float, list[float]], Callable[[], torch.Tensor]]:
    """Steps that take so many seconds of a clock of the test's own."""
    now = [0.0]
    monkeypatch.setattr(benchmark.time, "perf_counter", lambda: now[0])

    def make(seconds: float, calls: list[float]) -> Callable[[], torch.Tensor]:
        def steps() -> torch.Tensor:
            calls.append(now[0])
            now[0] += seconds * STEPS
            return torch.zeros(1)

        return steps

    return make


@pytest.mark.parametrize(("packed", "rounds"), [(1.0, ROUNDS), (8.0, FEWEST), (9.0, FEWEST)])
def test_a_pack_that_is_slower_than_its_runs_alone_is_given_up_early(
    taking: Callable[[float, list[float]], Callable[[], torch.Tensor]], packed: float, rounds: int
) -> None:
    calls: list[float] = []
    seconds = timed_steps({"single": taking(1.0, []), "packed": taking(packed, calls)}, {"packed": 8})
    assert seconds == {"single": 1.0, "packed": packed}
    assert len(calls) == rounds
