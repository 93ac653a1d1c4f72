"""Time left by kind of run: quick probes first say nothing of the fine-tunings that follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.records.earlier import Earlier
from harness.spec.identity import configuration_id, run_id
from harness.spec.spec import Spec
from harness.study import costs
from harness.study.costs import Left, TimeLeft, spoken

Quick = Callable[..., Spec]


def record(spec: Spec, seconds: float) -> dict[str, Any]:
    return {
        "run_id": run_id(spec), "cell_id": configuration_id(spec), "spec": spec.model_dump(mode="json"),
        "status": "finished",
        "timing": {"total_s": seconds, "train_s": seconds}, "provenance": {"device": "cpu"},
    }  # fmt: skip


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that stands."""
    monkeypatch.setattr(costs.time, "monotonic", lambda: 0.0)


def kinds(quick: Quick) -> tuple[list[Spec], list[Spec]]:
    probes = [quick(transfer={"name": "linear_probe"}, seed=seed) for seed in range(4)]
    return probes, [quick(seed=seed) for seed in range(4)]


@pytest.mark.usefixtures("still")
def test_each_kind_is_estimated_by_its_own(quick: Quick) -> None:
    probes, full = kinds(quick)
    time_left = TimeLeft([(1, probes), (2, full)], ())
    assert time_left.now() == Left(0.0, 8)
    time_left.ended(record(probes[0], 1.0))
    assert time_left.now() == Left(3.0, 4)
    assert str(time_left.now()) == "at least 3 s left, and 4 runs of a kind not timed yet"
    for probe in probes[1:]:
        time_left.ended(record(probe, 1.0))
    assert str(time_left.now()) == "left: 4 runs of a kind not timed yet"
    time_left.ended(record(full[0], 100.0))
    assert time_left.now() == Left(150.0, 0)  # three by two workers
    time_left.ended(record(full[1], 100.0))
    time_left.ended(record(full[2], 100.0))
    assert time_left.now() == Left(100.0, 0)  # one run is not shared
    assert str(time_left.now()) == "about 2 min left"


@pytest.mark.usefixtures("still")
def test_earlier_runs_count_until_there_are_own_ones(quick: Quick) -> None:
    _, full = kinds(quick)
    spec = full[0]
    before = Earlier(
        configuration=configuration_id(spec), transfer="full", backbone=spec.backbone.name, data="made", 
        size=spec.data.size, epochs=1,
        seconds=10.0, training=10.0, bytes=None, device="cpu", cpu=None,
    )  # fmt: skip
    time_left = TimeLeft([(1, full)], [before])
    assert time_left.now() == Left(40.0, 0)
    time_left.ended(record(spec, 2.0))
    assert time_left.now() == Left(6.0, 0)


@pytest.mark.usefixtures("still")
def test_other_epochs_are_scaled(quick: Quick) -> None:
    short, long = quick(), quick(recipe={"epochs": 5})
    time_left = TimeLeft([(1, [short, long])], ())
    time_left.ended(record(short, 2.0))
    assert time_left.now() == Left(10.0, 0)


def test_it_counts_down_between_two_ends(quick: Quick, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(costs.time, "monotonic", lambda: now[0])
    first, second = quick(seed=0), quick(seed=1)
    time_left = TimeLeft([(1, [first, second])], ())
    time_left.ended(record(first, 10.0))
    now[0] = 4.0
    assert time_left.now() == Left(6.0, 0)
    now[0] = 20.0
    assert time_left.now() == Left(0.0, 0)


@pytest.mark.parametrize(("seconds", "told"), [(3.2, "3 s"), (99.0, "99 s"), (240.0, "4 min"), (3 * 3600.0, "3.0 h")])
def test_seconds_as_they_are_said(seconds: float, told: str) -> None:
    assert spoken(seconds) == told
