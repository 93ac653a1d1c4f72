"""Whatever happens to one run, the others go on, and its record says what it was."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from harness.execution import workers as pool_module
from harness.execution.executors.fused import PACK_SPEC, fused
from harness.execution.executors.processes import processes
from harness.execution.executors.sequential import sequential
from harness.execution.packing.benchmark import benchmarks
from harness.records.store import CHECKPOINT, read_record
from harness.spec.identity import run_id
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.training.stop import Interrupted

HERE = Machine(device="cpu", threads=1, workers=2, checkpoint_s=0.0, monitors=False)
TARGET = f"{Path(__file__).parent.name}.misbehaving.build"


@pytest.fixture
def misbehaving(quick: Callable[..., Spec], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Spec]:
    monkeypatch.syspath_prepend(str(Path(__file__).parent.parent))

    def spec(how: str = "", once: Path | None = None, **groups: Any) -> Spec:
        kwargs = {"how": how, "once": "" if once is None else str(once)}
        creation = {"name": "custom", "target": TARGET, "kwargs": kwargs}
        recipe = {"epochs": 2, "batch_size": 20}
        data = {"name": "made", "samples": 100}
        return quick(creation=creation, weights={"name": "none"}, data=data, recipe=recipe, **groups)

    return spec


def ends(records: Iterator[dict[str, Any]]) -> dict[str, tuple[str, str]]:
    """Status and reason by what the model did."""
    return {each["spec"]["creation"]["kwargs"]["how"]: (each["status"], each["reason"] or "") for each in records}


@pytest.mark.slow
def test_a_worker_dies_alone(misbehaving: Callable[..., Spec], tmp_path: Path) -> None:
    hows = ["", "raise", "nan", "SIGSEGV", "SIGKILL", "exit", "crowded"]
    found = ends(processes([misbehaving(how) for how in hows], HERE, tmp_path))
    assert found.keys() == set(hows)
    assert found[""] == ("finished", "")
    assert found["raise"] == ("failed", "RuntimeError: out of luck")
    assert found["nan"][0] == "diverged"
    assert found["crowded"] == ("finished", "")
    for how, word in {"SIGSEGV": "crashed with SIGSEGV", "SIGKILL": "memory", "exit": "exit code 3"}.items():
        status, reason = found[how]
        assert status == "failed"
        assert word in reason
    record = read_record(tmp_path, run_id(misbehaving("SIGSEGV")))
    assert record is not None
    assert len(record["provenance"]["earlier_attempts"]) == 1
    parts = read_record(tmp_path, run_id(misbehaving("crowded")))
    assert parts is not None
    assert parts["provenance"]["parts"] == {"count": 4, "from_step": 0, "batchnorm_by_part": False}


def test_the_next_start_goes_on_from_a_crash_without_a_guard(misbehaving: Callable[..., Spec], tmp_path: Path) -> None:
    """`sequential` dies with its run; the claim dies with it, what was done stays, and the run has its checkpoint."""
    specs, study = [misbehaving(""), misbehaving("SIGSEGV", tmp_path / "once")], tmp_path / "study"
    child = os.fork()
    if child == 0:
        try:
            list(sequential(specs, HERE, study))
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGSEGV
    before = read_record(study, run_id(specs[0]))
    first, second = sequential(specs, HERE, study)
    assert first == before
    assert second["status"] == "finished"
    assert second["provenance"]["resumed"] == [2]


@pytest.mark.parametrize("how", ["raise", "SIGSEGV"])
def test_a_run_that_cannot_be_timed_ends_nothing(
    how: str, misbehaving: Callable[..., Spec], capfd: pytest.CaptureFixture[str]
) -> None:
    assert benchmarks([misbehaving(how, seed=seed) for seed in range(PACK_SPEC.largest)], HERE) == []
    assert capfd.readouterr().err.startswith("packs could not be timed (")


def test_a_crash_in_a_pack_is_found_run_by_run(misbehaving: Callable[..., Spec], tmp_path: Path) -> None:
    """Also where one worker is all there is."""
    machine = HERE.model_copy(update={"workers": 1})
    found = ends(fused([misbehaving("SIGSEGV"), misbehaving("")], machine, tmp_path))
    assert found[""] == ("finished", "")
    assert found["SIGSEGV"][0] == "failed"
    assert "crashed with SIGSEGV" in found["SIGSEGV"][1]


@pytest.mark.parametrize("how", ["SIGABRT", "SIGTERM"])
def test_what_died_once_goes_on(how: str, misbehaving: Callable[..., Spec], tmp_path: Path) -> None:
    spec = misbehaving(how, tmp_path / "once")
    [record] = processes([spec], HERE, tmp_path / "study")
    assert record["status"] == "finished"
    assert record["provenance"]["resumed"] == [2 if how == "SIGABRT" else 3]
    assert len(record["provenance"]["earlier_attempts"]) == 1
    assert not (tmp_path / "study" / record["run_id"] / CHECKPOINT).exists()


def test_a_run_has_its_time(misbehaving: Callable[..., Spec], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "OVERTIME_S", 3.0)
    machine = HERE.model_copy(update={"time_limit_s": 1.0})
    found = ends(processes([misbehaving("hang"), misbehaving("slow"), misbehaving("")], machine, tmp_path))
    assert found["hang"][0] == found["slow"][0] == "failed"
    assert "time_limit_s=1 and did not answer" in found["hang"][1]
    assert "time_limit_s=1, at step" in found["slow"][1]
    [again] = sequential([misbehaving("slow")], HERE, tmp_path)
    assert again["status"] == "finished"
    assert again["provenance"]["resumed"]


@pytest.mark.parametrize(
    ("executor", "number"),
    [
        (sequential, signal.SIGTERM),
        (sequential, signal.SIGINT),
        (processes, signal.SIGTERM),
        (processes, signal.SIGUSR1),
    ],
)
def test_a_signal_stops_and_the_same_again_goes_on(
    executor: Callable[..., Iterator[dict[str, Any]]],
    number: signal.Signals,
    misbehaving: Callable[..., Spec],
    tmp_path: Path,
) -> None:
    spec, machine = misbehaving("slow"), HERE.model_copy(update={"checkpoint_s": 1000.0})
    before = {each: signal.getsignal(each) for each in (number, signal.SIGALRM)}
    child = os.fork()
    if child == 0:
        time.sleep(0.7)
        os.kill(os.getppid(), number)
        os._exit(0)
    with pytest.raises(Interrupted):
        list(executor([spec], machine, tmp_path))
    os.waitpid(child, 0)
    assert {each: signal.getsignal(each) for each in before} == before
    assert not psutil.Process().children()
    assert (tmp_path / run_id(spec) / CHECKPOINT).is_file()
    [record] = executor([spec], machine, tmp_path)
    assert record["status"] == "finished"
    assert len(record["provenance"]["resumed"]) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_their_parent(
    number: signal.Signals, misbehaving: Callable[..., Spec], tmp_path: Path
) -> None:
    parent = os.fork()
    if parent == 0:
        os.setpgid(0, 0)
        try:
            list(processes([misbehaving("slow", seed=seed) for seed in range(4)], HERE, tmp_path))
        finally:
            os._exit(1)
    workers: list[psutil.Process] = []
    while len(workers) < 2:
        workers = psutil.Process(parent).children()
        time.sleep(0.05)
    time.sleep(0.3)
    os.kill(parent, number)
    os.waitpid(parent, 0)
    gone, alive = psutil.wait_procs(workers, timeout=10)
    assert len(gone) == 2
    assert not alive
