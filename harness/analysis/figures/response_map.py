"""The response map: the difference over learning rate and epochs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from harness.analysis.arms import label, show
from harness.analysis.axes import EPOCHS, LR, sort_key
from harness.analysis.figures.style import panels, wrap
from harness.analysis.findings import Findings
from harness.analysis.statistics import DIFFERENT

LIMIT = 24
TITLE_LINE = 0.17  # inches
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
        colour = "white" if dark else "black"
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
    shown = groups[:LIMIT]
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
    arm = "arm" if several else labels[int(cells["arm"].iloc[0])]
    baseline = labels[found.baseline] if found.baseline is not None else "baseline"
    text = f"Test {found.study.measure}, {arm} minus {baseline}"
    text += f" (first {len(shown)} of {len(groups)} panels)" if len(groups) > len(shown) else ""
    marks = f"* different after {found.study.guard}"
    if (cells["verdict_alone"] != cells["verdict"]).any():
        marks += "; ° the interval alone excludes zero"
    figure.suptitle(f"{text}\n{marks}", fontsize=11, x=0.01, ha="left")
    figure.colorbar(images[0], ax=axes, label=f"points of {found.study.measure}", shrink=0.9, aspect=60)
    return figure
