"""Two sweeps over one study at once: every run is trained once, and both have every record."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.execution import in_turn
from harness.execution.executors.processes import processes
from harness.execution.executors.sequential import sequential
from harness.records.run_folder import claimed
from harness.records.store import rounded
from harness.spec.identity import run_id
from harness.spec.machine import Machine
from harness.spec.spec import Spec

HERE = Machine(device="cpu", threads=1, workers=2, monitors=False)


@pytest.fixture
def specs(quick: Callable[..., Spec]) -> list[Spec]:
    return [quick(transfer={"name": "linear_probe"}, data={"name": "made", "samples": 60}, seed=s) for s in range(5)]


def test_every_run_is_trained_once(specs: list[Spec], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained = os.open(tmp_path / "trained", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    run = in_turn.run

    def counted(spec: Spec, *arguments: Any, **more: Any) -> Any:
        os.write(trained, f"{run_id(spec)}\n".encode())
        return run(spec, *arguments, **more)

    monkeypatch.setattr(in_turn, "run", counted)

    def sweep(executor: Callable[..., Iterator[dict[str, Any]]], name: str) -> int:
        child = os.fork()
        if child == 0:
            try:
                found = {each["run_id"]: each["metrics"] for each in executor(specs, HERE, tmp_path / "study")}
                (tmp_path / name).write_text(json.dumps(rounded(found), sort_keys=True))
            finally:
                os._exit(0)
        return child

    for child in [sweep(sequential, "first"), sweep(processes, "second")]:
        os.waitpid(child, 0)
    assert sorted((tmp_path / "trained").read_text().split()) == sorted(map(run_id, specs))
    first, second = ((tmp_path / name).read_text() for name in ("first", "second"))
    assert first == second
    assert json.loads(first).keys() == {run_id(spec) for spec in specs}


def test_a_run_whose_sweep_dies_is_taken_over(
    specs: list[Spec], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others come first; that run is looked at again and again, and trained when its claim is free."""
    monkeypatch.setattr(in_turn, "POLL_S", 0.1)
    spec = specs[0]
    hold, held = os.pipe()
    other = os.fork()
    if other == 0:
        with claimed(tmp_path / run_id(spec)):
            os.write(held, b"x")
            os.kill(os.getpid(), signal.SIGSTOP)
    os.read(hold, 1)
    ended = []
    for record in sequential(specs[:3], HERE, tmp_path):
        ended.append(record["run_id"])
        if len(ended) == 2:
            os.kill(other, signal.SIGKILL)
            os.waitpid(other, 0)
    assert ended == [run_id(each) for each in (specs[1], specs[2], specs[0])]
