"""Ctrl-C and SIGTERM end the command in a line, with the exit code that shells know, whatever it is doing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from harness.records.store import CHECKPOINT
from harness.study.check import Checker
from harness.training.step import Step

Command = Callable[..., subprocess.CompletedProcess[str]]
LONG = ["-m", "data=made", "data.samples=100", "recipe.epochs=1000", "seed=0,1", "device=cpu", "threads=1", "workers=2",
        "checkpoint_s=0", "monitors=false", "tracking=none", "study=stopped"]  # fmt: skip
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}


def assert_told(ended: subprocess.CompletedProcess[str], number: signal.Signals) -> None:
    """The last line says what is kept and how to go on, and nobody's traceback stands before it."""
    assert ended.returncode == CODES[number]
    assert "Traceback" not in ended.stderr
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("interrupted")
    assert last.endswith("what is done is kept, and the same command goes on from there")


def signal_when_it_trains(parent: int, folder: Path, number: signal.Signals) -> None:
    """A terminal's Ctrl-C reaches the command and its workers, `kill` the command alone."""
    until = time.monotonic() + 60
    while not list(folder.glob(f"runs/stopped/*/{CHECKPOINT}")) and time.monotonic() < until:
        time.sleep(0.02)
    command = max(psutil.Process(parent).children(), key=psutil.Process.create_time)
    workers = command.children(recursive=True) if number == signal.SIGINT else []
    for process in (*workers, command):
        process.send_signal(number)


@pytest.mark.parametrize("number", CODES)
def test_before_anything_is_trained(number: signal.Signals, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Checker, "quick", lambda *_: os.kill(os.getpid(), number))
    assert_told(command(*LONG), number)


@pytest.mark.parametrize("number", CODES)
@pytest.mark.parametrize("executor", ["sequential", "auto"])
def test_in_the_midst_of_training(executor: str, number: signal.Signals, command: Command, tmp_path: Path) -> None:
    parent, watcher = os.getpid(), os.fork()
    if watcher == 0:
        try:
            signal_when_it_trains(parent, tmp_path, number)
        finally:
            os._exit(0)
    ended = command(*LONG, f"executor={executor}")
    os.waitpid(watcher, 0)
    assert_told(ended, number)


def interrupt(parent: int, folder: Path, times: int) -> None:
    """Ctrl-C, once or twice, as soon as both workers have begun; when it was, and who was there, is written down."""
    until = time.monotonic() + 60
    while len(list(folder.glob("runs/stopped/*/"))) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(0.3)
    command = max(psutil.Process(parent).children(), key=psutil.Process.create_time)
    workers = command.children(recursive=True)
    (folder / "interrupted.json").write_text(json.dumps([time.monotonic(), [worker.pid for worker in workers]]))
    for _ in range(times):
        for process in (*workers, command):
            process.send_signal(signal.SIGINT)
        time.sleep(0.2)


@pytest.mark.parametrize("times", [1, 2])
def test_the_prompt_is_back_within_seconds(
    times: int, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where no worker comes to the end of its step, and so none can save."""
    monkeypatch.setattr(Step, "__call__", lambda *_: time.sleep(60))
    parent, watcher = os.getpid(), os.fork()
    if watcher == 0:
        try:
            interrupt(parent, tmp_path, times)
        finally:
            os._exit(0)
    ended = command(*LONG, "executor=processes")
    now = time.monotonic()
    os.waitpid(watcher, 0)
    assert_told(ended, signal.SIGINT)
    asked, workers = json.loads((tmp_path / "interrupted.json").read_text())
    assert len(workers) == 2
    assert now - asked < 3.5  # three seconds, and what a loaded machine needs to look
    until = time.monotonic() + 5
    while any(psutil.pid_exists(worker) for worker in workers) and time.monotonic() < until:
        time.sleep(0.02)
    left = [psutil.Process(worker).status() for worker in workers if psutil.pid_exists(worker)]
    assert set(left) <= {psutil.STATUS_ZOMBIE}
