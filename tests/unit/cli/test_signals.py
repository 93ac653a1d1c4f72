"""Ctrl-C and SIGTERM end the command in a line, with the exit code that shells know, whatever it is doing."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from harness.records.store import CHECKPOINT
from harness.studies.check import Checker

Command = Callable[..., subprocess.CompletedProcess[str]]
LONG = ["-m", "data=made", "data.samples=100", "recipe.epochs=1000", "seed=0,1", "device=cpu", "threads=1", "workers=2",
        "checkpoint_s=0", "probes=false", "tracking=none", "study=stopped"]  # fmt: skip
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
