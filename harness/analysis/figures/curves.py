"""Validation curves with bands."""

from __future__ import annotations

from matplotlib.figure import Figure

from harness.analysis.figures.choice import arms, telling_rows
from harness.analysis.figures.style import colours, dashes, panels, wrap
from harness.analysis.findings import Findings
from harness.analysis.pairing import UNIT, by_seed
from harness.analysis.statistics import summarise

LIMIT = 9


def curves(found: Findings) -> Figure | None:
    """Mean validation top-1 over the steps with its 95 % band, in the rows of the largest differences."""
    points = found.curves.dropna(subset=["val_top1"]).merge(found.runs[["run_id", "row", "arm", *UNIT]], on="run_id")
    shown = arms(found)
    points = points[points["arm"].isin(shown)]
    rows = [row for row in telling_rows(found, LIMIT) if (points["row"] == row).any()]
    if not rows:
        return None
    point = ["row", "arm", "step"]
    means = summarise(by_seed(points[points["row"].isin(rows)], point), point, "val_top1", 0)
    names = found.cells.drop_duplicates("row").set_index("row")["row_label"]
    palette, lines = colours(shown), dashes(shown)
    figure, axes = panels(len(rows))
    for row, panel in zip(rows, axes, strict=True):
        here = means[means["row"] == row]
        for arm in shown:
            line = here[here["arm"] == arm].sort_values("step")
            if line.empty:
                continue
            look = {"color": palette[arm], "ls": lines[arm], "label": found.arm_labels[arm]}
            panel.plot(line["step"], line["mean"], lw=1.8, **look)
            panel.fill_between(line["step"].to_numpy(), line["low"], line["high"], color=palette[arm], alpha=0.18, lw=0)
        panel.set_title(wrap(str(names[row])))
        panel.set_xlabel("step")
        panel.grid(alpha=0.25)
    for panel in axes[::3]:
        panel.set_ylabel("validation top-1, %")
    named = {text: handle for panel in axes for handle, text in zip(*panel.get_legend_handles_labels(), strict=True)}
    figure.legend(list(named.values()), list(named), loc="outside lower left", ncols=3, frameon=False)
    total = found.cells["row"].nunique()
    text = "Validation top-1 while training: mean over seeds, 95 % band"
    text += f" ({len(rows)} of {total} rows, those of the largest differences)" if total > len(rows) else ""
    figure.suptitle(text, fontsize=11, x=0.01, ha="left")
    return figure
