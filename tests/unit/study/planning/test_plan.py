"""What a plan tells of a sweep: what is done, what stands in its way, and what the rest will cost."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.cli.sweep import planned_study
from harness.execution.choose import deal
from harness.records.earlier import Earlier
from harness.records.store import RECORD, STUDY, write_text
from harness.spec.identity import configuration_id, run_id
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.study.planning.costs import expected_disk, expected_time
from harness.study.planning.formats import text
from harness.study.planning.machinery import Machinery, machinery
from harness.study.planning.make import make
from harness.study.planning.plan import SweepPlan
from harness.study.study import Study

SWEEP = ["creation=create_model,swap_head", "transfer=linear_probe", "data.samples=200", "device=cpu", "tracking=none"]
HERE = Machinery("cpu", "float32", 1, 2, "processes", {})


def record(spec: Spec, seconds: float = 2.0, status: str = "finished", **provenance: Any) -> dict[str, Any]:
    used = machinery(Machine(device="cpu"), 4)
    return {
        "run_id": run_id(spec),
        "cell_id": configuration_id(spec),
        "spec": spec.model_dump(mode="json"),
        "status": status,
        "timing": {"total_s": seconds, "train_s": seconds / 2},
        "provenance": {
            "device": "cpu", "precision": "float32", "threads": used.threads, "executor": used.executor,
            "versions": used.versions, "hardware": {"cpu": "another CPU"}, **provenance,
        },
    }  # fmt: skip


def put(study: Study, records: list[dict[str, Any]]) -> None:
    for one in records:
        write_text(study.folder / one["run_id"] / RECORD, json.dumps(one))


@pytest.fixture
def sweep(tmp_path: Path) -> Callable[..., Study]:
    return lambda *words: planned_study([*SWEEP, f"out={tmp_path / 'runs'}", "study=tried", *words])


def made(study: Study) -> SweepPlan:
    return make(study, study.first.out)


def test_where_nothing_was_done_cost_is_unknown_and_said_to_be(sweep: Callable[..., Study], tmp_path: Path) -> None:
    plan = made(sweep("seed=range(0,4)"))
    assert (plan.runs, plan.cells, plan.done, plan.to_train) == (8, 2, 0, 8)
    assert plan.time.seconds is None
    assert plan.disk.total is None
    assert "unknown: no run in" in text(plan)
    assert not list(tmp_path.iterdir())


def test_what_is_done_costs_nothing_and_what_failed_is_done_again(sweep: Callable[..., Study]) -> None:
    study = sweep("seed=range(0,4)")
    specs = study.runs()
    put(study, [record(spec) for spec in specs[:5]] + [record(specs[5], status="failed")])
    plan = made(study)
    assert (plan.done, plan.to_train, plan.failed_before) == (5, 3, 1)
    assert plan.time.seconds == pytest.approx(2.0 * 3 / plan.workers)
    assert plan.disk.total == 3 * (plan.disk.each or 0) > 0
    assert not plan.conflicts
    whole = made(sweep("seed=range(0,4)", "force=true"))
    assert (whole.done, whole.to_train) == (0, 8)


def test_a_cell_that_cannot_be_is_told_with_its_reason(sweep: Callable[..., Study]) -> None:
    plan = made(sweep("backbone=test_resnet,test_vit", "transfer=full", "regularization.attn_drop_rate=0.1"))
    assert plan.cells == 2
    assert len(plan.skipped) == 2
    assert all("test_resnet has none" in skip.reason for skip in plan.skipped)
    assert "skipped    " in text(plan)


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"executor": "elsewhere"}, "executor: done with elsewhere (2 runs), the 2 to train would use"),
        ({"device": "cuda:0"}, "device: done with cuda (2 runs), the 2 to train would use cpu"),
        ({"precision": "bfloat16"}, "precision: done with bfloat16 (2 runs), the 2 to train would use float32"),
        ({"versions": {"torch": "1.0"}}, "torch: done with 1.0 (2 runs), the 2 to train would use"),
    ],
)
def test_a_comparison_that_would_be_mixed_is_told(
    other: dict[str, Any], told: str, sweep: Callable[..., Study]
) -> None:
    asked = "seed=0,1", "executor=processes"
    study = sweep(*asked)
    put(study, [record(spec, **other) for spec in study.runs()[:2]])
    conflicts = made(study).conflicts
    assert any(conflict.what.startswith(told) and not conflict.refused for conflict in conflicts)
    assert any(conflict.refused for conflict in made(sweep(*asked, "strict=true")).conflicts)


def test_under_auto_a_row_keeps_the_executor_that_it_has(sweep: Callable[..., Study]) -> None:
    study = sweep("seed=0,1")
    put(study, [record(spec, executor="probe") for spec in study.runs()[:2]])
    assert made(study).conflicts == ()


def test_another_plan_of_seeds_is_a_conflict(sweep: Callable[..., Study]) -> None:
    study = sweep("seed=range(0,8)", "comparison.until_decided=true")
    first = made(study)
    assert first.looks is not None
    assert first.looks.seeds[0] == 8
    assert first.looks.most_runs == 2 * 32
    put(study, [record(spec) for spec in study.runs()])
    write_text(study.folder / STUDY, json.dumps(study.description()))
    [conflict] = [each for each in made(study).conflicts if "another plan of seeds" in each.what]
    assert conflict.refused


def earlier(seconds: float, **like: Any) -> Earlier:
    usual = Earlier("c", "full", "test_resnet", "made", 32, 2, seconds, seconds, 1000, "cpu", None)
    return replace(usual, **like)


def spec_of(**groups: Any) -> Spec:
    asked: dict[str, Any] = {"backbone": {"name": "test_resnet"}, "data": {"name": "made"}, "recipe": {"epochs": 2}}
    return Spec.model_validate({**asked, **groups})


def test_time_rests_on_the_runs_most_like_those_planned() -> None:
    spec = spec_of()
    far, near = earlier(100.0, data="other"), [earlier(seconds) for seconds in (1.0, 2.0, 6.0)]
    time = expected_time([spec, spec], [far, *near], replace(HERE, workers=1))
    assert (time.seconds, time.low, time.high) == (4.0, 2.0, 12.0)
    [basis] = time.basis
    assert (basis.alike, basis.runs, basis.records) == ("strategy, backbone, data, size and epochs", 2, 3)
    own = earlier(3.0, configuration=configuration_id(spec))
    assert expected_time([spec], [own, far, *near], HERE).seconds == 3.0


def test_a_run_of_more_epochs_takes_longer_by_what_it_trains() -> None:
    run = earlier(10.0, training=8.0)
    assert expected_time([spec_of(recipe={"epochs": 4})], [run], HERE).seconds == 10 + 8


def test_nothing_like_it_is_unknown_and_another_device_says_nothing() -> None:
    assert expected_time([spec_of()], [earlier(1.0, backbone="resnet50")], HERE).unknown == 1
    assert expected_time([spec_of()], [earlier(1.0, device="cuda")], HERE).seconds is None


def test_several_workers_share_the_time_but_no_run() -> None:
    spec = spec_of()
    assert expected_time([spec] * 4, [earlier(3.0)], HERE).seconds == 6.0
    assert expected_time([spec], [earlier(3.0)], HERE).seconds == 3.0


def test_disk_is_the_median_folder_on_the_same_data() -> None:
    known = [earlier(1.0, bytes=size) for size in (10, 20, 90)] + [earlier(1.0, data="other", bytes=10_000)]
    assert expected_disk([spec_of(), spec_of()], known).total == 40


@pytest.mark.parametrize("runs", [1, 8])
def test_a_plan_deals_as_a_sweep_does(runs: int) -> None:
    executor, dealt = deal(Machine(device="cpu"), runs)
    used = machinery(Machine(device="cpu"), runs)
    assert (used.executor, used.threads) == (executor, dealt.threads)


def test_the_command_writes_nothing_and_json_says_the_same(
    command: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    done = command("plan", "-m", *SWEEP, "seed=0,1", "format=json")
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    assert (plan["runs"], plan["to_train"], plan["time"]["seconds"]) == (4, 4, None)
    assert not list(tmp_path.iterdir())


def test_a_wrong_request_is_told(command: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    assert "format: there is no 'txt'" in command("plan", "format=txt").stderr
    assert "from: no folder at nowhere" in command("plan", *SWEEP, "from=nowhere").stderr
    assert command("plan", "creation=creat_model").returncode == 2
