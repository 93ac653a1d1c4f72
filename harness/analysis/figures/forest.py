"""Paired differences with their intervals, as a forest plot."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from harness.analysis.figures.style import COLOURS, GREY, WIDTH
from harness.analysis.findings import Findings
from harness.analysis.statistics import DIFFERENT
from harness.analysis.twins import twin

LIMIT = 40


def forest(found: Findings) -> Figure | None:
    """Arms in question first, then the others by size, at most forty; the band is the margin of equivalence.

    What is judged different is coloured.
    """
    cells = found.cells[found.cells["comparison"] & found.cells["diff_low"].notna()]
    if cells.empty:
        return None
    arms = [int(arm) for arm in dict.fromkeys([*found.contrasts, *cells["arm"]])]
    repeats = [arm for at, arm in enumerate(arms) if twin(found, arm, arms[:at]) is not None]
    cells = cells[~cells["arm"].isin(repeats)]
    ahead = cells["arm"].isin(found.contrasts)
    ranked = cells.assign(behind=~ahead, size=-cells["diff_mean"].abs()).sort_values(["behind", "size"])
    shown = ranked.head(LIMIT).sort_index().sort_values(["behind", "arm"], kind="stable").iloc[::-1]
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
    axes.set_xlabel(f"points of test {found.study.measure}, arm minus baseline, 95 % interval")
    axes.grid(axis="x", alpha=0.25)
    arm = "Arms" if several else str(shown["arm_label"].iloc[0])
    baseline = found.arm_labels[found.baseline] if found.baseline is not None else "baseline"
    text = f"{arm} minus {baseline}, paired by seed"
    text += f" ({len(shown)} of {len(cells)} comparisons)" if len(cells) > len(shown) else ""
    text += f"; coloured: different after {found.study.guard}"
    text += "; arms that repeat another number by number are left out" if repeats else ""
    figure.suptitle(text, fontsize=11, x=0.01, ha="left")
    return figure
