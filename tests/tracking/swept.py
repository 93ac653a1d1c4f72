"""The `harness` command in processes of their own, spared the imports, with the calls of its tracker timed."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["harness.cli.main", "harness.study.conduct"])


def _timed(call: Callable[..., Any], spent: list[float]) -> Callable[..., Any]:
    @wraps(call)
    def timed(*arguments: Any) -> Any:
        began = time.monotonic()
        try:
            return call(*arguments)
        finally:
            spent.append(time.monotonic() - began)

    return timed


def _command(words: list[str], folder: Path, name: str) -> None:
    """Become `harness WORDS`; what it says is written to NAME.log, what it waits for its tracker to NAME.json."""
    from harness.cli.main import command_line
    from harness.execution.mlflow.queued import QueuedTracker

    os.chdir(folder)
    sys.argv = ["harness", *words]
    waits: list[float] = []
    ends: list[float] = []
    QueuedTracker.start = _timed(QueuedTracker.start, waits)  # type: ignore[method-assign]
    QueuedTracker.log = _timed(QueuedTracker.log, waits)  # type: ignore[method-assign]
    QueuedTracker.finish = _timed(QueuedTracker.finish, ends)  # type: ignore[method-assign]
    sys.stdout = sys.stderr = (folder / f"{name}.log").open("w", buffering=1, encoding="utf-8")
    try:
        command_line()
    finally:
        told = {"waits_s": waits, "end_s": ends}
        (folder / f"{name}.json").write_text(json.dumps(told), encoding="utf-8")


def command(words: list[str], folder: Path, name: str) -> Any:
    """A process, started, of `harness WORDS` in `folder`."""
    process = FORKS.Process(target=_command, args=(words, folder, name))
    process.start()
    return process
