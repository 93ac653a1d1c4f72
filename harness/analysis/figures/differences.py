"""Differences to the baseline: as a map over learning rate and epochs, and as a forest plot."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from harness.analysis.arms import label, show
from harness.analysis.axes import EPOCHS, LR, sort_key
from harness.analysis.equalities import repeated
from harness.analysis.figures.style import COLOURS, GREY, WIDTH, panels, wrap
from harness.analysis.findings import Findings
from harness.analysis.statistics import DIFFERENT

_MOST_MAPS = 24
TITLE_LINE = 0.17  # inches
INSIDE = "#111111"  # text in a light field, which stays light on a dark page
FEW, FEW_SIZE, MANY_SIZE = 4, 9.0, 6.5  # columns, and points of the text in them


def _panel(axes: Axes, cells: pd.DataFrame, x: str | None, y: str | None, limit: float) -> AxesImage:
    across = sorted(cells[x].unique(), key=sort_key) if x else [""]
    down = sorted(cells[y].unique(), key=sort_key) if y else [""]
    size = FEW_SIZE if len(across) <= FEW else MANY_SIZE
    values = np.full((len(down), len(across)), np.nan)
    for _, cell in cells.iterrows():
        at = (down.index(cell[y]) if y else 0, across.index(cell[x]) if x else 0)
        values[at] = cell["diff_mean"]
        sure = cell["verdict"] == DIFFERENT
        dark = abs(cell["diff_mean"]) > 0.6 * limit
        text = f"{cell['diff_mean']:+.1f}" + ("*" if sure else "°" if cell["verdict_alone"] == DIFFERENT else "")
        colour = "white" if dark else INSIDE
        weight = "bold" if sure else "normal"
        axes.text(at[1], at[0], text, ha="center", va="center", color=colour, fontweight=weight, fontsize=size)
    image = axes.imshow(values, cmap="RdBu", norm=Normalize(-limit, limit), aspect="auto", origin="lower")
    axes.set_xticks(range(len(across)), [show(value) for value in across], fontsize=size)
    axes.set_yticks(range(len(down)), [show(value) for value in down])
    axes.set_xlabel("learning rate" if x == LR else "")
    axes.set_ylabel("epochs" if y == EPOCHS else "")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    return image


def response_map(found: Findings) -> Figure | None:
    """One panel for each arm in question and combination of other axes; `*`: different.

    `°`: the interval excludes zero, and that does not survive the correction.
    """
    x = LR if LR in found.axes.row else None
    y = EPOCHS if EPOCHS in found.axes.row else None
    cells = found.cells[found.cells["arm"].isin(found.contrasts) & found.cells["diff_mean"].notna()]
    if cells.empty or (x is None and y is None):
        return None
    keys = [column for column in found.axes.shown if column not in (LR, EPOCHS)]
    several = cells["arm"].nunique() > 1
    groups = list(cells.groupby([*keys, "arm"], sort=False, dropna=False))
    down = cells[y].nunique() if y else 1
    shown = groups[:_MOST_MAPS]
    columns = 2 if len(shown) < 5 else 3
    titles = []
    for _, group in shown:
        first = group.iloc[0]
        told = [label(found.axes.telling({key: first[key] for key in keys}))] if keys else []
        titles.append(wrap("; ".join([*told, str(first["arm_label"])] if several else told), columns))
    lines = max(title.count("\n") for title in titles)
    figure, axes = panels(len(shown), columns, height=1.5 + 0.4 * down + TITLE_LINE * lines)
    limit = max(float(cells["diff_mean"].abs().max()), found.study.margin)
    images = []
    for (_, group), title, panel in zip(shown, titles, axes, strict=True):
        panel.set_title(title)
        images.append(_panel(panel, group, x, y, limit))
    labels = found.arm_labels
    arm = "method" if several else labels[int(cells["arm"].iloc[0])]
    baseline = labels[found.baseline] if found.baseline is not None else "baseline"
    text = f"Test {found.study.measure}, {arm} minus {baseline}"
    text += f" (first {len(shown)} of {len(groups)} panels)" if len(groups) > len(shown) else ""
    marks = f"* different after {found.study.guard}"
    if (cells["verdict_alone"] != cells["verdict"]).any():
        marks += "; ° the interval alone excludes zero"
    figure.suptitle(f"{text}\n{marks}", fontsize=11, x=0.01, ha="left")
    figure.colorbar(images[0], ax=axes, label=f"points of {found.study.measure}", shrink=0.9, aspect=60)
    return figure


_MOST_COMPARISONS = 40
_TITLE = 105  # characters a line


def forest(found: Findings) -> Figure | None:
    """Arms in question first, then the others by size, at most forty; the band is the margin of equivalence.

    What is judged different is coloured.
    """
    cells = found.cells[found.cells["comparison"] & found.cells["diff_low"].notna()]
    if cells.empty:
        return None
    arms = [int(arm) for arm in dict.fromkeys([*found.contrasts, *cells["arm"]])]
    repeats = [arm for at, arm in enumerate(arms) if repeated(found.equalities, arm, arms[:at]) is not None]
    cells = cells[~cells["arm"].isin(repeats)]
    ahead = cells["arm"].isin(found.contrasts)
    ranked = cells.assign(behind=~ahead, size=-cells["diff_mean"].abs()).sort_values(["behind", "size"])
    shown = ranked.head(_MOST_COMPARISONS).sort_index().sort_values(["behind", "arm"], kind="stable").iloc[::-1]
    heights = np.arange(len(shown))
    figure = Figure(figsize=(WIDTH, 1.3 + 0.26 * len(shown)), layout="constrained")
    axes = figure.add_subplot()
    margin = found.study.margin
    axes.axvspan(-margin, margin, color=GREY, alpha=0.15, lw=0)
    axes.axvline(0, color=GREY, lw=1)
    for height, (_, cell) in zip(heights, shown.iterrows(), strict=True):
        sure = cell["verdict"] == DIFFERENT
        colour = (COLOURS[0] if cell["diff_mean"] > 0 else COLOURS[1]) if sure else GREY
        axes.plot([cell["diff_low"], cell["diff_high"]], [height, height], color=colour, lw=2)
        axes.plot(cell["diff_mean"], height, "o", color=colour, ms=5)
    several = shown["arm"].nunique() > 1
    names = [
        " | ".join(part for part in (row, arm if several else "") if part)
        for row, arm in zip(shown["row_label"], shown["arm_label"], strict=True)
    ]
    axes.set_yticks(heights, names, fontsize=8)
    axes.set_ylim(-0.7, len(shown) - 0.3)
    axes.set_xlabel(f"points of test {found.study.measure}, method minus baseline, 95 % interval")
    axes.grid(axis="x", alpha=0.25)
    arm = "Methods" if several else str(shown["arm_label"].iloc[0])
    baseline = found.arm_labels[found.baseline] if found.baseline is not None else "baseline"
    text = f"{arm} minus {baseline}, paired by seed"
    text += f" ({len(shown)} of {len(cells)} comparisons)" if len(cells) > len(shown) else ""
    text += f"; coloured: different after {found.study.guard}"
    text += "; methods that repeat another one number by number are left out" if repeats else ""
    figure.suptitle("\n".join(textwrap.wrap(text, _TITLE)), fontsize=11, x=0.01, ha="left")
    return figure
