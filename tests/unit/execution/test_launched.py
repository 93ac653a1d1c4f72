"""Jobs that die, jobs that are started again, and the same records whoever trains them."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from harness.execution import launching as module
from harness.execution.executors.sequential import sequential
from harness.execution.launching import Portion, launched, stamps
from harness.records.run_folder import forget
from harness.records.store import read_record
from harness.spec.identity import run_id
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from tests.equality import differences

Quick = Callable[..., Spec]
MACHINE = Machine(device="cpu", threads=1, workers=1)


@pytest.fixture
def specs(quick: Quick) -> list[Spec]:
    """Six short runs: two configurations of three seeds."""
    return [
        quick(
            creation={"name": creation},
            seed=seed,
            transfer={"name": "linear_probe"},
            data={"name": "made", "samples": 60},
        )
        for creation in ("create_model", "swap_head")
        for seed in range(3)
    ]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(module, "SETTLE_SECONDS", 0.2)


def in_a_process(portion: Portion, number: int) -> None:
    """A job of its own, as launchers start it; raises if it is killed."""
    job = get_context("fork").Process(target=portion.train)
    job.start()
    job.join()
    if job.exitcode != 0:
        raise ChildProcessError(f"exit {job.exitcode}")


def kill_yourself_after(portion: Portion, runs: int) -> None:
    replace(portion, specs=portion.specs[:runs]).train()
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_a_killed_job_had_not_done_goes_to_another(
    specs: list[Spec], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The first job dies after two of its runs; they are kept, and the third is trained by a new job."""
    study = tmp_path / "jobs"
    kept: dict[str, int] = {}

    def first_dies(portion: Portion, number: int) -> None:
        if number != 0:
            return in_a_process(portion, number)
        job = get_context("fork").Process(target=kill_yourself_after, args=(portion, 2))
        job.start()
        job.join()
        kept.update(stamps(study, map(run_id, portion.specs)))
        raise ChildProcessError("killed by signal 9")

    records = list(launched(specs, MACHINE, study, 2, first_dies))
    assert sorted(record["run_id"] for record in records) == sorted(map(run_id, specs))
    assert len(kept) == 2
    assert stamps(study, kept) == kept
    assert "job 0 is lost: killed by signal 9" in capfd.readouterr().err
    list(sequential(specs, MACHINE, tmp_path / "here"))
    assert differences(study, tmp_path / "here") == {}


def test_runs_whose_jobs_always_die_are_recorded_as_failed(specs: list[Spec], tmp_path: Path) -> None:
    def dies(portion: Portion, number: int) -> None:
        raise ChildProcessError("no such partition")

    records = list(launched(specs[:2], MACHINE, tmp_path, 2, dies))
    assert [record["status"] for record in records] == ["failed", "failed"]
    assert "no such partition" in records[0]["reason"]


def test_a_job_started_again_trains_only_what_is_left(specs: list[Spec], tmp_path: Path) -> None:
    """As Slurm does with one that it had pre-empted; what `force` has set aside before the sweep does not count."""
    earlier: dict[str, int] = {}
    portion = Portion(tuple(specs[:2]), MACHINE, tmp_path, Path.cwd(), earlier, 6)
    in_a_process(portion, 0)
    first = stamps(tmp_path, map(run_id, specs))
    in_a_process(portion, 0)
    assert stamps(tmp_path, first) == first
    for run in first:
        forget(tmp_path, run)
    in_a_process(portion, 0)
    again = stamps(tmp_path, first)
    assert all(again[run] != first[run] for run in first)


def test_a_job_uses_no_more_cores_than_it_was_given(specs: list[Spec], tmp_path: Path) -> None:
    """Without a bound, a machine asked for four workers has four."""
    asked = Machine(device="cpu", threads=2, workers=4)
    portion = Portion(tuple(specs[:1]), asked, tmp_path, Path.cwd(), {}, 6, cores=1)
    in_a_process(portion, 0)
    record = read_record(tmp_path, run_id(specs[0]))
    assert record is not None
    assert (record["provenance"]["threads"], record["provenance"]["executor"]) == (1, "processes")


def test_each_job_of_one_machine_has_a_gpu_of_its_own(specs: list[Spec], tmp_path: Path) -> None:
    seen: list[Any] = []

    def look(portion: Portion, number: int) -> None:
        seen.append(portion.gpu)
        in_a_process(replace(portion, gpu=None), number)

    list(launched(specs, MACHINE, tmp_path, 3, look, gpus=("0", "1")))
    assert sorted(seen) == ["0", "0", "1"]
