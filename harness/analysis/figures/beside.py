"""Figures drawn beside the tables: in processes of their own, where a study is large."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from harness.analysis.figures.save import FIGURES, save_figures
from harness.analysis.findings import Findings

MANY_RUNS = 1_000
"""Drawing takes seconds whatever the size; with so many runs the tables take as long, and the reader waits for both."""

Drawn = Callable[[], dict[str, Path]]


def begin_figures(found: Findings, folder: Path) -> Drawn:
    """Begin to draw all figures; call what is returned to have them, in the order of the report.

    Two forked processes draw them, which share what has been read; this one does, when they are asked for, where the
    study is small, there is one core or no fork, or other threads run here, as a fork would copy their locks and not
    them. What fails there is done again here, and then raises.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if len(found.runs) < MANY_RUNS or cores < 2 or threading.active_count() > 1:
        return lambda: save_figures(found, folder)
    names = [draw.__name__ for draw in FIGURES]
    context = multiprocessing.get_context("fork")
    children = []
    for share in (names[::2], names[1::2]):
        there, here = context.Pipe(duplex=False)
        child = context.Process(target=_draw, args=(found, folder, share, here), daemon=True)
        child.start()
        here.close()
        children.append((child, there, share))

    def drawn() -> dict[str, Path]:
        written: dict[str, Path] = {}
        for child, there, share in children:
            try:
                written |= there.recv()
            except EOFError:
                written |= save_figures(found, folder, share)
            child.join()
        return {name: written[name] for name in names if name in written}

    return drawn


def _draw(found: Findings, folder: Path, names: list[str], answers: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes, and is the parent's to answer
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    answers.send(save_figures(found, folder, names))
