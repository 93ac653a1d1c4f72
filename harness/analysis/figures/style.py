"""The look that all figures share, and what a figure shows when it cannot show all."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.analysis.findings import Findings
from harness.analysis.gaps import gaps

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#444444")
"""Okabe and Ito's palette (https://jfly.uni-koeln.de/color/), which colour-blind readers can tell apart."""

DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (2, 2)), (0, (7, 2, 1, 2)), (0, (1, 1)), (0, (9, 3)), "-")
"""Line styles, so that lines which lie on one another are all seen."""

GREY = "#666666"
WIDTH = 10.0  # inches

_SETTINGS: dict[Any, Any] = {
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.labelsize": 10,
    "legend.fontsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.titlelocation": "left",
    "axes.titley": 1.0,  # where it would stand anyhow, without measuring all labels again for it
    "svg.fonttype": "none",
    "svg.hashsalt": "harness",
    "font.family": ["DejaVu Sans"],
}


@contextmanager
def style() -> Iterator[None]:
    """matplotlib's settings while a figure is made and saved; nothing global stays changed."""
    with mpl.rc_context(_SETTINGS):
        yield


def panels(number: int, columns: int = 3, height: float = 2.8) -> tuple[Figure, list[Axes]]:
    """A figure of so many panels, in rows of at most `columns`; `height` in inches each."""
    across = min(columns, number)
    down = math.ceil(number / across)
    width = WIDTH if across > 1 else 0.65 * WIDTH
    figure = Figure(figsize=(width, height * down + 0.5), layout="constrained")
    axes = [figure.add_subplot(down, across, at + 1) for at in range(number)]
    return figure, axes


def wrap(text: str, columns: int = 3) -> str:
    """A panel's title broken at spaces so that it fits one of so many panels side by side."""
    width = {1: 80, 2: 50}.get(columns, 34)
    lines: list[str] = []
    for word in text.split(" "):
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\n".join(lines)


def colours(arms: list[int]) -> dict[int, str]:
    """One colour for each arm, the same in every panel."""
    return {arm: COLOURS[at % len(COLOURS)] for at, arm in enumerate(arms)}


def dashes(arms: list[int]) -> dict[int, Any]:
    """One line style for each arm, the same in every panel."""
    return {arm: DASHES[at % len(DASHES)] for at, arm in enumerate(arms)}


ARMS = 7


def arms(found: Findings) -> list[int]:
    """The baseline, the arms in question, then the others of the same replicate, at most seven."""
    same = found.runs[found.runs["replicate"] == found.replicate]["arm"].unique()
    first = [*([found.baseline] if found.baseline is not None else []), *found.contrasts]
    return list(dict.fromkeys([*first, *(int(arm) for arm in same)]))[:ARMS]


def telling_rows(found: Findings, limit: int) -> list[int]:
    """For each place the row of the largest difference; then the others by size, at most `limit`."""
    every = gaps(found, found.contrasts)
    largest = list(dict.fromkeys(int(gap.largest["row"]) for gap in every))
    rest = found.cells[found.cells["comparison"] & found.cells["diff_mean"].notna()]
    rest = rest.reindex(rest["diff_mean"].abs().sort_values(ascending=False).index)
    order = list(dict.fromkeys([*largest, *(int(row) for row in rest["row"])]))
    chosen = (order or [int(row) for row in found.cells["row"].unique()])[: max(limit, len(largest))]
    place = {int(row): at for at, row in enumerate(found.cells["row"].unique())}
    return sorted(chosen[:limit], key=lambda row: place[row])
