"""All figures of a study, drawn and written: in processes of their own where a study is large."""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Collection
from multiprocessing.connection import Connection
from pathlib import Path

from harness.analysis.figures.accuracies import accuracies
from harness.analysis.figures.bridge import bridge
from harness.analysis.figures.dark import adaptive
from harness.analysis.figures.differences import forest, response_map
from harness.analysis.figures.initial import head_weights, initial_loss
from harness.analysis.figures.lines import curves, learning_rates
from harness.analysis.figures.style import style
from harness.analysis.findings import Findings
from harness.records.store import written

FIGURES = (accuracies, bridge, response_map, forest, learning_rates, curves, initial_loss, head_weights)
"""In the order of the report; the first that there is stands on the first screen."""

MAX_SVG = 300_000  # bytes; larger drawings become PNG
_DPI = 150


def save_figures(found: Findings, folder: Path, only: Collection[str] | None = None) -> dict[str, Path]:
    """Draw what the findings have data for, all or those named, as SVG, or as PNG where that would be large.

    The same findings give the same bytes: no dates and no random ids are written. Two sweeps may end the same study at
    once: a figure that is there is replaced, and goes only where there is none any more.
    """
    drawn: dict[str, Path] = {}
    folder.mkdir(parents=True, exist_ok=True)
    with style():
        for draw in FIGURES:
            name = draw.__name__
            if only is not None and name not in only:
                continue
            figure = draw(found)
            if figure is None:
                _remove(folder, name, ("svg", "png"))
                continue
            drawing = io.BytesIO()
            figure.savefig(drawing, format="svg", metadata={"Date": None})
            content, kind, other = adaptive(drawing.getvalue()), "svg", "png"
            if drawing.tell() > MAX_SVG:
                figure.set_layout_engine("none")  # what has been laid out once stays where it is
                drawing = io.BytesIO()
                figure.savefig(drawing, format="png", dpi=_DPI, metadata={"Software": None})
                content, kind, other = drawing.getvalue(), other, kind
            drawn[name] = folder / f"{name}.{kind}"
            with written(drawn[name]) as stream:
                stream.write(content)
            _remove(folder, name, (other,))
    return drawn


def _remove(folder: Path, name: str, kinds: Collection[str]) -> None:
    for kind in kinds:
        (folder / f"{name}.{kind}").unlink(missing_ok=True)


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
