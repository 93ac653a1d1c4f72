"""The benchmark compares equal work and keeps every value that it measured."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import torch

from harness.dev.bench import __main__ as command
from harness.dev.bench.measure import BARE, HARNESS, VARIANTS, Ratios, Timing, bitwise, differences, measure
from harness.dev.bench.monitor_cost import monitor_costs
from harness.dev.bench.report import LoopFigures, write
from harness.dev.bench.throughput.count import count
from harness.dev.bench.throughput.measure import ALONE, ContenderRun
from harness.dev.bench.throughput.report import MEASURES, faster
from harness.dev.bench.throughput.script import kernels
from harness.dev.bench.throughput.task import FULL, LARGE, SINGLE, TASKS, BenchTask, write_folder
from harness.dev.bench.tracking_cost import GAP, LINEAR_PROBE, TrackingCost
from harness.spec.machine import Machine

MACHINE = Machine(device="cpu", threads=1)


@pytest.fixture(scope="module")
def timings() -> list[Timing]:
    return measure("test_efficientnet", epochs=1, repeats=2, machine=MACHINE)


def _tracking(kind: str, seconds: float) -> TrackingCost:
    return TrackingCost(kind, [4.0, 4.0], [seconds, seconds], [seconds / 2] * 2, seconds, 3.0, 0.5)


def test_the_bare_loop_does_the_same_work(timings: list[Timing]) -> None:
    assert differences(timings) == []
    assert bitwise(timings)
    assert timings[0].evaluated_at[-1] == timings[0].steps
    assert timings[0].val_losses[-1] < timings[0].val_losses[0], "something was learnt"


def test_the_order_turns_round(timings: list[Timing]) -> None:
    assert [timing.variant for timing in timings] == [*VARIANTS, *VARIANTS[::-1]]


@pytest.mark.parametrize(
    "change", [{"steps": 1}, {"images": 1}, {"evaluated_at": [0]}, {"val_losses": [9.0]}, {"test_loss": float("nan")}]
)
def test_other_work_is_noticed(timings: list[Timing], change: dict[str, object]) -> None:
    other = [
        dataclasses.replace(timing, **change) if timing.variant == HARNESS else timing  # type: ignore[arg-type]
        for timing in timings
    ]
    assert len(differences(other)) == 2


def test_the_json_has_all_raw_values(timings: list[Timing], tmp_path: Path) -> None:
    probes = monitor_costs("test_efficientnet", 1, timings[0].steps, 2, MACHINE)
    shares = [_tracking(LINEAR_PROBE, 0.2), _tracking(GAP, 0.04)]
    data, figure = write(LoopFigures(timings, probes, shares, MACHINE, (0.1, 0.2, 0.3)), tmp_path)
    found = json.loads(data.read_text(encoding="utf-8"))
    assert [entry["phase_s"] for entry in found["timings"]] == [timing.phase_s for timing in timings]
    by_variant = {(timing.variant, timing.repeat): timing.phase_s for timing in timings}
    raw = found["speed_ratio"]["test_efficientnet"]["images_per_s"]["raw"]
    assert raw == pytest.approx([by_variant[BARE, r] / by_variant[HARNESS, r] for r in (0, 1)])
    assert all(len(entry["seconds"]) == 2 and min(entry["seconds"]) > 0 for entry in found["probes"])
    assert [entry["in_sweep_s"] for entry in found["tracking"]] == [[0.2, 0.2], [0.04, 0.04]]
    assert [goal["met"] for goal in found["goals"]][1:] == [False, True]
    assert figure.stat().st_size > 0


def test_the_median_decides_and_the_range_is_told() -> None:
    assert str(Ratios([1.0, 0.9, 0.98])) == "0.980 (0.900 to 1.000)"


def _attempts(loss: float) -> list[ContenderRun]:
    """Two scripts of 7 s each, of which 5 are start-up, and an executor with four runs of half a second.

    Training are 1 s of a run, and 0.2 s beside another.
    """

    def runs(many: int, loss: float, train_s: float) -> list[dict[str, Any]]:
        same = {"steps": 10, "images": 640, "train_s": train_s}
        return [{**same, "test_loss": loss + 0.001 * number - 0.0005 * (many - 1)} for number in range(many)]

    return [
        ContenderRun("full", ALONE, 0, 0, 14.0, 10.0, 500.0, None, 0, "float32", 1, runs(2, 0.9, 1.0)),
        ContenderRun("full", "probe", 0, 1, 7.0, 5.0, 700.0, 4, None, "float32", 2, runs(4, loss, 0.2)),
    ]


def test_different_work_ends_with_an_error(
    timings: list[Timing], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "monitor_costs", lambda *_: [])
    monkeypatch.setattr(command, "tracking_cost", lambda *_: None)
    monkeypatch.setattr(command, "BACKBONES", ("test_efficientnet",))
    monkeypatch.setattr(command, "measure", lambda *_: timings)
    counted = {"full": {ALONE: {"kernels": 100.0, "runs": 1.0}, "probe": {"kernels": 40.0, "runs": 4.0}}}
    monkeypatch.setattr(command.throughput, "measure", lambda *_: (_attempts(loss=0.9), counted))
    arguments = ["--out", str(tmp_path), "--device", "cpu"]
    assert command.main(arguments) == 0
    wrong = [dataclasses.replace(timing, steps=timing.steps + (timing.variant == BARE)) for timing in timings]
    monkeypatch.setattr(command, "measure", lambda *_: wrong)
    assert command.main(arguments) == 1
    monkeypatch.setattr(command, "measure", lambda *_: timings)
    monkeypatch.setattr(command.throughput, "measure", lambda *_: (_attempts(loss=1.4), counted))
    assert command.main(arguments) == 1
    told = json.loads((tmp_path / "throughput.json").read_text(encoding="utf-8"))
    assert (told["kernels_a_step"], told["differences"]) == (counted, [])
    told = json.loads((tmp_path / "throughput.failed.json").read_text(encoding="utf-8"))
    assert told["differences"] == ["full, probe, repeat 0: mean test loss is 1.400, the script's 0.900"]


def test_a_sweep_starts_up_once_and_a_script_for_each_run() -> None:
    attempts = _attempts(loss=0.9)

    def found(what: str) -> list[float]:
        return faster(attempts, "full", "probe", MEASURES[what]).values

    assert found("training_alone") == pytest.approx([10.0])
    assert found("without_startup") == pytest.approx([4.0])  # 2 s a run against 0.5
    assert found("sweep") == pytest.approx([64 * 7 / (64 * 0.5 + 5)])


def test_operations_that_call_others_do_not_count() -> None:
    assert kernels(lambda: torch.ones(2).cumsum(0)) == 3, "empty, fill_ and cumsum"


def test_the_script_sees_the_photographs_of_the_split(tmp_path: Path) -> None:
    task = dataclasses.replace(LARGE, photographs=12, size=32)
    write_folder(task, tmp_path)
    seen = {part: [file.resolve() for file in tmp_path.glob(f"{part}/*/*.jpg")] for part in ("train", "validation")}
    assert sum(map(len, seen.values())) == task.photographs
    assert set(seen["train"] + seen["validation"]) == set((tmp_path / "photographs" / "train").glob("*/*.jpg"))
    assert all(f"class{int(file.parent.name)}" == file.resolve().parent.name for file in tmp_path.glob("train/*/*.jpg"))
    assert len(list(tmp_path.glob("test/*/*.jpg"))) == 2


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS, ids=lambda task: str(task.name))
def test_a_pack_launches_less_than_its_runs_do(task: BenchTask, tmp_path: Path) -> None:
    counted = count(task, tmp_path, Machine(device="cpu", threads=1, monitors=False))
    pack = counted["fused" if task.name == FULL else "probe"]
    assert pack["kernels"] < 0.6 * pack["runs"] * counted[SINGLE]["kernels"]


def test_too_few_repeats_are_refused() -> None:
    with pytest.raises(SystemExit, match="2"):
        command.main(["--repeats", "2"])
