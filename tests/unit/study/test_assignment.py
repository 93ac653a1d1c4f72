"""Which executor trains what: the sides of a comparison stay together, and a study goes on as it began."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.execution.mlflow.settings import Settings
from harness.spec.machine import Machine
from harness.spec.spec import Creation, Data, Recipe, Spec, Transfer
from harness.study import assignment
from harness.study.assignment import Assignment, assign
from harness.study.conduct import conduct
from harness.study.request import Comparison, Request
from harness.study.study import Study

pytestmark = pytest.mark.usefixtures("undrawn")

CREATIONS = ("create_model", "swap_head")


def _spec(creation: str, seed: int, transfer: str = "linear_probe", **recipe: Any) -> Spec:
    return Spec(
        creation=Creation(name=creation),
        data=Data(name="made", samples=120),
        transfer=Transfer(name=transfer),
        recipe=Recipe(**{"epochs": 1, "batch_size": 32, **recipe}),
        seed=seed,
    )


def _study(out: Path, specs: Sequence[Spec], executor: str = "auto", **comparison: Any) -> Study:
    machine = Machine(device="cpu", threads=1, workers=1, executor=executor, monitors=False)
    requests = (
        Request(
            spec=spec, machine=machine, comparison=Comparison(**comparison), tracking=Settings(name="none"), out=out,
            study="tried",
        )
        for spec in specs
    )  # fmt: skip
    return Study(tuple(requests), (), ())


def _dealt(study: Study) -> dict[str, int]:
    return {part.executor: len(part.specs) for part in assign(study, study.missing())}


PROBES = [_spec(creation, seed) for creation in CREATIONS for seed in range(2)]


def test_probes_are_packed_and_the_rest_is_not(tmp_path: Path) -> None:
    full = [_spec(creation, 0, "full") for creation in CREATIONS]
    assert _dealt(_study(tmp_path, [*PROBES, *full])) == {"probe": 4, "processes": 2}


def test_what_is_asked_for_is_done(tmp_path: Path) -> None:
    assert _dealt(_study(tmp_path, PROBES, "sequential")) == {"sequential": 4}
    full = [_spec(creation, seed, "full") for creation in CREATIONS for seed in range(2)]
    assert _dealt(_study(tmp_path, [*PROBES, *full], "fused")) == {"fused": 4, "processes": 4}


def test_arms_that_differ_in_what_can_be_packed_share_an_executor(tmp_path: Path) -> None:
    both = [_spec("create_model", seed, transfer) for transfer in ("linear_probe", "full") for seed in range(2)]
    assert _dealt(_study(tmp_path, both, arms=("transfer",))) == {"processes": 4}
    clipped = [_spec("create_model", seed, clip_grad=clip) for clip in (None, 1.0) for seed in range(2)]
    assert _dealt(_study(tmp_path, clipped, arms=("recipe.clip_grad",))) == {"processes": 4}
    assert _dealt(_study(tmp_path, clipped)) == {"probe": 2, "processes": 2}, "rows of their own"


def test_a_row_goes_on_as_it_began(tmp_path: Path) -> None:
    began = PROBES[:1]
    conduct(_study(tmp_path, began, "sequential"))
    other_row = [_spec(creation, 0, lr=0.1) for creation in CREATIONS]
    assert _dealt(_study(tmp_path, [*PROBES, *other_row])) == {"processes": 3, "probe": 2}


def test_what_was_timed_is_decided_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = [_spec(creation, seed, "full") for creation in CREATIONS for seed in range(2)]
    study = _study(tmp_path, full)
    won = assignment.Benchmark("test_efficientnet", 4, 2.0, 1.0)
    monkeypatch.setattr(assignment, "benchmarks", lambda specs, machine: [won])
    assert _dealt(study) == {"fused": 4}
    monkeypatch.setattr(assignment, "benchmarks", lambda specs, machine: [])
    assert _dealt(study) == {"fused": 4}
    assert (tmp_path / "tried" / assignment.DECIDED).is_file()


def test_a_comparison_has_the_same_verdicts_by_either_executor(tmp_path: Path) -> None:
    """The probes of `gap`, cut down."""
    specs = [
        _spec(creation, seed, lr=lr, epochs=4) for creation in CREATIONS for seed in range(8) for lr in (1e-3, 1e-2)
    ]
    tables = []
    for executor in ("sequential", "probe"):
        conduct(_study(tmp_path / executor, specs, executor))
        tables.append(pd.read_csv(tmp_path / executor / "tried" / "summary.csv"))
    one, other = tables
    assert list(one["verdict"].dropna()) == list(other["verdict"].dropna())
    assert one["verdict"].notna().sum() == 2
    for column in ("top1_mean", "diff_mean", "diff_low", "initial_loss"):
        assert other[column].dropna().tolist() == pytest.approx(one[column].dropna().tolist(), abs=0.06), column


def test_an_assignment_is_whole(tmp_path: Path) -> None:
    study = _study(tmp_path, PROBES)
    parts: list[Assignment] = assign(study, study.missing())
    assert sum(len(part.specs) for part in parts) == len(PROBES)


def test_a_pack_has_to_beat_captured_steps_too() -> None:
    def won(packed: float | None, captured: float | None) -> tuple[bool, bool]:
        found = assignment.Benchmark("test_efficientnet", 8, 1.0, packed, captured)
        return found.won_by("fused"), found.won_by("graphed")

    assert won(0.5, None) == (True, False)
    assert won(0.3, 0.5) == (True, True), "and packs are tried first"
    assert won(0.5, 0.5) == (False, True)
    assert won(None, 0.9) == (False, False), "by a margin"
    assert won(None, None) == (False, False)
