"""One run by two processes, as torchrun starts them, on a CPU."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.cli.main import command_line
from harness.execution.executors.distributed import distributed
from harness.records.store import CHECKPOINT
from harness.spec.errors import RequestError
from tests.command import ended, start

from .conftest import MACHINE, full_spec

SMALL = ["backbone=test_vit", "data=made", "data.samples=100", "recipe.batch_size=15", "recipe.epochs=2", "device=cpu",
         "threads=1", "tracking=none", "monitors=false"]  # fmt: skip
RANKS = 2

CLOSE = 1e-3
"""Relative deviation of losses in float32: sums are taken in another order, and rounding grows with the steps."""

Ended = list[subprocess.CompletedProcess[str]]
Together = Callable[..., Ended]


@pytest.fixture
def together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Together:
    """Run `harness ARGUMENTS` by two ranks; `meanwhile` is given their processes."""

    def call(*arguments: str, meanwhile: Callable[[list[int]], None] = lambda _: None) -> Ended:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = found.getsockname()[1]
        words, children = ["harness", *arguments], []
        outputs = [tmp_path / f"rank{rank}" for rank in range(RANKS)]
        same = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": RANKS, "LOCAL_WORLD_SIZE": RANKS}
        for rank, output in enumerate(outputs):
            output.mkdir(exist_ok=True)
            for name, value in {**same, "RANK": rank, "LOCAL_RANK": rank}.items():
                monkeypatch.setenv(name, str(value))
            children.append(start(command_line, words, tmp_path, output))
        for name in (*same, "RANK", "LOCAL_RANK"):
            monkeypatch.delenv(name)
        meanwhile(children)
        return [ended(child, words, output) for child, output in zip(children, outputs, strict=True)]

    return call


def _record(study: Path) -> dict[str, Any]:
    [path] = study.glob("*/record.json")
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return record


def _curve(record: dict[str, Any]) -> Iterator[float]:
    for point in record["curve"]:
        yield point["val_loss"]
        if point["train_loss"] is not None:
            yield point["train_loss"]


@pytest.mark.parametrize(("backbone", "parts"), [("test_vit", 3), ("test_resnet", 3), ("test_efficientnet", 1)])
def test_two_ranks_train_the_run_of_one(
    backbone: str,
    parts: int,
    together: Together,
    command: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path: Path,
) -> None:
    asked = [*SMALL, f"backbone={backbone}", f"recipe.grad_accum_steps={parts}"]
    assert [each.returncode for each in together(*asked, "study=two")] == [0, 0]
    assert command(*asked, "executor=sequential", "study=one").returncode == 0
    one, two = (_record(tmp_path / "runs" / study) for study in ("one", "two"))
    assert two["provenance"]["executor"] == "distributed"
    assert two["provenance"]["ranks"] == {"count": RANKS, "backend": "gloo"}
    assert one["run_id"] == two["run_id"]
    assert one["birth"] == two["birth"]
    assert list(_curve(two)) == pytest.approx(list(_curve(one)), rel=CLOSE)


def test_a_sweep_is_trained_and_told_once(together: Together, tmp_path: Path) -> None:
    first, second = together("-m", *SMALL, "recipe.lr=1e-3,1e-2", "seed=0", "study=swept")
    assert (first.returncode, second.returncode) == (0, 0)
    assert second.stdout == second.stderr == ""
    assert len(list((tmp_path / "runs" / "swept").glob("*/record.json"))) == 2


def test_a_wrong_request_ends_both(together: Together) -> None:
    first, second = together(*SMALL, "executor=fused")
    assert (first.returncode, second.returncode) == (2, 0)
    assert (
        first.stderr == f"error: executor: fused is of one process, and torchrun started {RANKS}; use executor=auto\n"
    )


@pytest.mark.parametrize(("parts", "told"), [(1, "batch_size=16"), (16, "batch_size=16 in 16 parts")])
def test_every_part_has_an_image_for_everyone(
    parts: int, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "17" if parts == 1 else "2")
    with pytest.raises(RequestError, match=f"recipe.{told}: (17|2) processes share each part"):
        next(distributed([full_spec("test_vit", grad_accum_steps=parts)], MACHINE, tmp_path))


def test_without_torchrun_there_is_nobody_to_share_with(command: Callable[..., Any]) -> None:
    told = command(*SMALL, "executor=distributed")
    assert told.returncode == 2
    assert told.stderr.startswith("error: executor: distributed needs processes: torchrun ")
    assert told.stderr.count("\n") == 1


LONG = [*SMALL, "recipe.epochs=25", "checkpoint_s=0"]


def _when_it_trains(folder: Path, do: Callable[[], None]) -> None:
    until = time.monotonic() + 60
    while not list(folder.glob(f"runs/long/*/{CHECKPOINT}")) and time.monotonic() < until:
        time.sleep(0.02)
    do()


@pytest.mark.long
def test_interrupted_it_goes_on_where_it_was(together: Together, tmp_path: Path) -> None:
    def interrupt(children: list[int]) -> None:
        for child in children:
            os.kill(child, signal.SIGINT)

    first, second = together(
        *LONG, "study=long", meanwhile=lambda children: _when_it_trains(tmp_path, lambda: interrupt(children))
    )
    assert (first.returncode, second.returncode) == (130, 0)
    assert first.stderr.splitlines()[-1].startswith("interrupted")
    for study in ("long", "whole"):
        assert [each.returncode for each in together(*LONG, f"study={study}")] == [0, 0]
    resumed, whole = (_record(tmp_path / "runs" / study) for study in ("long", "whole"))
    assert resumed["provenance"]["resumed"]
    assert resumed["curve"] == whole["curve"]
    assert resumed["metrics"] == whole["metrics"]


def test_a_rank_that_is_killed_ends_the_run_with_its_reason(together: Together, tmp_path: Path) -> None:
    def kill(children: list[int]) -> None:
        _when_it_trains(tmp_path, lambda: os.kill(children[1], signal.SIGKILL))

    first, second = together(*LONG, "study=long", meanwhile=kill)
    assert second.returncode == -signal.SIGKILL
    assert first.returncode == 1
    record = _record(tmp_path / "runs" / "long")
    assert record["status"] == "failed"
    assert "another of the 2 processes is gone" in record["reason"]
    assert first.stderr.splitlines()[-1].startswith("error: another of the 2 processes is gone")
    assert "Traceback" not in first.stderr
