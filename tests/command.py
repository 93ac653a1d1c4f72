"""Processes of their own that do not import everything anew: forks of this one."""

from __future__ import annotations

import atexit
import logging
import os
import signal
import subprocess
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import torch
from hydra.core.global_hydra import GlobalHydra

from harness.cli.main import command_line
from harness.study import conduct  # noqa: F401 - what nearly every command imports, imported once for all

PATIENCE = 300  # seconds


def forked(
    call: Callable[[], object], words: list[str], folder: Path, captured: Path
) -> subprocess.CompletedProcess[str]:
    """Make a call in `folder`; what it prints is read back from files below `captured`, `words` name it.

    Raises:
        subprocess.TimeoutExpired: it has not ended after five minutes.
    """
    return ended(start(call, words, folder, captured), words, captured)


def start(call: Callable[[], object], words: list[str], folder: Path, captured: Path) -> int:
    """Begin such a call; returns its process, which has to be waited for by `ended`."""
    outputs = [captured / name for name in ("stdout", "stderr")]
    with warnings.catch_warnings():  # that threads are not carried over is what is wanted
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _become(call, words, folder, outputs)
    return child


def ended(child: int, words: list[str], captured: Path) -> subprocess.CompletedProcess[str]:
    """What became of it."""
    code = _wait(child, words)
    said, complained = ((captured / name).read_text(encoding="utf-8") for name in ("stdout", "stderr"))
    return subprocess.CompletedProcess(words, code, said, complained)


def harness(arguments: tuple[str, ...], folder: Path, captured: Path) -> subprocess.CompletedProcess[str]:
    """Run `harness ARGUMENTS` so."""
    return forked(command_line, ["harness", *arguments], folder, captured)


def _wait(child: int, words: list[str]) -> int:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    raise subprocess.TimeoutExpired(words, PATIENCE)


def _become(call: Callable[[], object], words: list[str], folder: Path, outputs: list[Path]) -> NoReturn:
    """What belongs to the tests is left behind: where their output goes, their logging, what they do at the end."""
    code = 1
    try:
        for number, (name, output) in enumerate(zip(("stdout", "stderr"), outputs, strict=True), start=1):
            os.dup2(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
            setattr(sys, name, os.fdopen(number, "w", encoding="utf-8", closefd=False))
        atexit._clear()
        logging.getLogger().handlers.clear()
        warnings.resetwarnings()
        GlobalHydra.instance().clear()
        signal.signal(signal.SIGINT, signal.default_int_handler)  # tests that were started with `&` ignore it
        # A team of threads that a test has started is not there after a fork, and would be waited for.
        setattr(torch, "set_num_threads", lambda number: None)  # noqa: B010
        os.chdir(folder)
        sys.argv = words
        call()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
