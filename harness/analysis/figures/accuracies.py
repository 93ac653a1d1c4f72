"""The first picture: every seed of two methods over the learning rate, or of all methods side by side."""

from __future__ import annotations

import textwrap
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, ScalarFormatter

from harness.analysis.axes import LR
from harness.analysis.equalities import repeated
from harness.analysis.figures.style import COLOURS, GREY
from harness.analysis.findings import Findings
from harness.analysis.first_screen.example import Example, example, family
from harness.analysis.first_screen.names import measure, methods, setup
from harness.analysis.settings import DEFAULT

_SIZE = (6.4, 4.6)  # inches; on a telephone it is half as wide, and has to be read still
_TEXT = 13
_FIRST, _SECOND = COLOURS[:2]
_MOST_METHODS = 8
_TITLE = 56  # characters a line
_STRIP = 50  # characters above a strip; a longer name is set smaller
_JITTER = 0.16
_MOST_LEVEL = 6  # learning rates whose numbers stand side by side


def accuracies(found: Findings) -> Figure | None:
    """The recipe family of the first screen: dots are seeds, a line or a bar is their mean."""
    of = example(found)
    if of is None:
        return None
    sizes: dict[Any, Any] = dict.fromkeys(("font.size", "axes.labelsize", "xtick.labelsize", "ytick.labelsize"), _TEXT)
    with mpl.rc_context(sizes):
        runs = family(found, of)
        if runs["row"].nunique() > 1:
            return _over_rates(found, of, runs)
        return _side_by_side(found, of)


def _over_rates(found: Findings, of: Example, runs: pd.DataFrame) -> Figure:
    figure = Figure(figsize=_SIZE, layout="constrained")
    axes = figure.add_subplot()
    rates = sorted(set(runs["rate"]))
    axes.axvspan(*_around(float(of.method[LR]), rates), color=GREY, alpha=0.14, lw=0)
    ends = []
    for arm, name, colour, aside in zip(
        (found.baseline, of.arm), _names(found, of), (_FIRST, _SECOND), (0.97, 1.03), strict=True
    ):
        own = runs[runs["arm"] == arm]
        axes.plot(own["rate"] * aside, own["score"], "o", color=colour, alpha=0.45, ms=6, mew=0)
        means = own.groupby("rate")["score"].mean()
        axes.plot(means.index, means, color=colour, lw=2.6)
        ends.append((float(means.iloc[-1]), name, colour))
    axes.set_xscale("log")
    axes.set_xticks(rates, [f"{rate:g}" for rate in rates], rotation=0 if len(rates) <= _MOST_LEVEL else 40)
    axes.xaxis.set_minor_locator(NullLocator())  # the rates tried are the ticks
    axes.yaxis.set_major_formatter(ScalarFormatter(useOffset=False))
    axes.set_xlabel("learning rate")
    axes.set_ylabel(f"{measure(found)}, %")
    axes.grid(axis="y", alpha=0.25)
    _label_ends(axes, ends)
    _label_marked(axes, of)
    figure.suptitle(_title(setup(found, of, without=(LR,))), fontsize=_TEXT, x=0.01, ha="left")
    return figure


def _around(rate: float, rates: list[float]) -> tuple[float, float]:
    """A strip around one of the rates, in the middle between its neighbours on a logarithmic axis."""
    others = [abs(np.log(other / rate)) for other in rates if other != rate]
    half = min([*(0.3 * other for other in others), np.log(1.3)])
    return float(rate * np.exp(-half)), float(rate * np.exp(half))


def _label_ends(axes: Axes, ends: list[tuple[float, str, str]]) -> None:
    """Each line's name beside its last point, moved apart where two would lie on one another."""
    low, high = axes.get_ylim()
    least = 0.17 * (high - low)
    (upper, *_), (lower, *_) = sorted(ends, reverse=True)
    apart = max(0.0, least - (upper - lower)) / 2
    for place, (_, name, colour) in zip((upper + apart, lower - apart), sorted(ends, reverse=True), strict=True):
        axes.annotate(
            name.replace("(", "\n("),
            (1.02, place),
            xycoords=("axes fraction", "data"),
            color=colour,
            va="center",
            fontweight="bold",
            annotation_clip=False,
        )


def _label_marked(axes: Axes, of: Example) -> None:
    """Both means of the marked configuration, where they lie far enough apart to be told."""
    low, high = axes.get_ylim()
    if abs(of.second - of.first) < 0.1 * (high - low):
        return
    rate = float(of.method[LR])
    for mean, colour, up in ((of.first, _FIRST, of.first > of.second), (of.second, _SECOND, of.second > of.first)):
        axes.annotate(
            f"{mean:.1f}",
            (rate, mean),
            xytext=(9, 7 if up else -17),
            textcoords="offset points",
            color=colour,
            fontweight="bold",
        )


def _side_by_side(found: Findings, of: Example) -> Figure:
    """One strip a method, with its name and mean above it: the two of the first screen, then the others."""
    runs = found.runs[(found.runs["row"] == of.row) & (found.runs["replicate"] == found.replicate)]
    runs = runs.dropna(subset=["score"])
    whole = runs[runs["bridge"] == DEFAULT] if "bridge" in runs else runs  # hybrid models have a figure of their own
    two = [int(of.baseline["arm"]), of.arm]
    others = [int(arm) for arm in whole["arm"].unique() if arm not in two]
    others = [arm for arm in others if repeated(found.equalities, arm, two) is None]
    shown = [*two, *others][:_MOST_METHODS]
    names = [*_names(found, of), *(found.arm_labels[arm] for arm in shown[2:])]
    colours = [_FIRST, _SECOND, *[GREY] * len(others)]
    figure = Figure(figsize=(_SIZE[0], 1.5 + 0.85 * len(shown)), layout="constrained")
    axes = figure.add_subplot()
    spread = np.random.default_rng(0)
    for at, (arm, name, colour) in enumerate(zip(shown, names, colours, strict=False)):
        scores = runs.loc[runs["arm"] == arm, "score"].to_numpy(float)
        heights = at + spread.uniform(-_JITTER, _JITTER, len(scores))
        axes.plot(scores, heights, "o", color=colour, alpha=0.45, ms=7, mew=0)
        axes.plot([scores.mean()] * 2, [at - 0.24, at + 0.24], color=colour, lw=3)
        text = f"{name}: {scores.mean():.1f} %"
        axes.text(
            0,
            at - 0.32,
            text,
            transform=axes.get_yaxis_transform(),
            color=colour,
            fontweight="bold",
            fontsize=_TEXT * min(1, _STRIP / len(text)),
        ).set_in_layout(False)  # or a long name would leave the strip no room
    axes.set_ylim(len(shown) - 0.6, -0.75)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.margins(x=0.08)
    axes.set_xlabel(f"{measure(found)}, %")
    axes.grid(axis="x", alpha=0.25)
    figure.suptitle(_title(setup(found, of)), fontsize=_TEXT, x=0.01, ha="left")
    return figure


def _names(found: Findings, of: Example) -> tuple[str, str]:
    """Both methods as the first screen calls them, without the marks of code."""
    first, second = (name.replace("`", "").removeprefix("a ") for name in methods(found, of))
    return first, second


def _title(text: str) -> str:
    return "\n".join(textwrap.wrap(text, _TITLE))
