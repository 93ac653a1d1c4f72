"""Full fine-tunings trained as one program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.execution.executors.fused import PACK_SPEC
from harness.execution.packing.benchmark import benchmarks
from harness.execution.packing.run import train_together
from harness.model.build import Built
from harness.spec.spec import Spec
from harness.training.hybrids.build import prepare

from .conftest import MACHINE, Train, full_spec

CLOSE = 1e-3
"""Relative deviation of losses after an epoch in float32: rounding grows with the steps."""


@pytest.mark.parametrize("name", ["test_resnet", "test_vit"])
def test_a_pack_gives_what_single_runs_give(train: Train, name: str) -> None:
    specs = [full_spec(name, seed) for seed in range(2)]
    alone, packed = train("sequential", specs), train("fused", specs)
    for identity, expected in alone.items():
        found = packed[identity]
        assert found["provenance"]["executor"] == "fused"
        assert found["provenance"]["pack"] == 2
        losses = [[point["val_loss"] for point in record["curve"]] for record in (found, expected)]
        assert losses[0] == pytest.approx(losses[1], rel=CLOSE)
        assert found["birth"] == expected["birth"]
        tensors = [[entry["distance"] for entry in record["statistics"]] for record in (found, expected)]
        assert tensors[0] == pytest.approx(tensors[1], rel=0.02, abs=1e-4)


@pytest.mark.parametrize("name", ["test_resnet", "test_vit"])
def test_runs_of_other_rates_and_creations_share_a_pack(train: Train, name: str) -> None:
    specs = [full_spec(name, 0), full_spec(name, 1, rates={"drop_rate": 0.5, "drop_path_rate": 0.2})]
    swapped = full_spec(name, 2, rates={"drop_path_rate": 0.1})
    specs.append(swapped.model_copy(update={"creation": swapped.creation.model_copy(update={"name": "swap_head"})}))
    alone, packed = train("sequential", specs), train("fused", specs)
    for identity, expected in alone.items():
        found = packed[identity]
        assert found["provenance"]["pack"] == len(specs)
        losses = [[point["val_loss"] for point in record["curve"]] for record in (found, expected)]
        assert losses[0] == pytest.approx(losses[1], rel=CLOSE)


def test_runs_that_begin_alike_are_created_once(train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    specs = [full_spec("test_resnet", seed, lr=rate) for seed in range(2) for rate in (1e-3, 3e-3, 1e-2)]
    alone, created = train("sequential", specs), list[Spec]()

    def counted(spec: Spec, *others: Any) -> Built:
        created.append(spec)
        return prepare(spec, *others)

    monkeypatch.setattr("harness.execution.packing.run.prepare", counted)
    for found in train_together(PACK_SPEC, specs, MACHINE, tmp_path / "packed"):
        expected = alone[found["run_id"]]
        assert found["birth"] == expected["birth"]
        assert found["curve"][0] == expected["curve"][0]
        before, wanted = ([each["before"] for each in record["statistics"]] for record in (found, expected))
        assert before == wanted
        losses = [[point["val_loss"] for point in record["curve"]] for record in (found, expected)]
        assert losses[0] == pytest.approx(losses[1], rel=CLOSE)
    assert [spec.seed for spec in created] == [0, 1]


@pytest.mark.slow
def test_runs_of_several_creations_are_timed_as_one_pack() -> None:
    specs = [full_spec("test_resnet", seed) for seed in range(PACK_SPEC.largest // 2)]
    swapped = specs[0].creation.model_copy(update={"name": "swap_head"})
    specs += [spec.model_copy(update={"creation": swapped}) for spec in specs]
    [timed] = benchmarks(specs, MACHINE)
    assert timed.pack == PACK_SPEC.largest
    assert timed.packed_s is not None


def test_what_no_pack_computes_is_trained_run_by_run(train: Train, capfd: pytest.CaptureFixture[str]) -> None:
    specs = [full_spec("test_vit", seed, kwargs={"patch_drop_rate": 0.5}) for seed in range(2)]
    packed = train("fused", specs)
    assert {record["provenance"]["executor"] for record in packed.values()} == {"processes"}
    told = capfd.readouterr().err
    assert told.count("\n") == 1
    assert "test_vit" in told
