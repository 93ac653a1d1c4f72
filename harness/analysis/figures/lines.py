"""Lines over training: validation curves, and the test metric over the learning rate."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, ScalarFormatter

from harness.analysis.arms import label
from harness.analysis.axes import LR
from harness.analysis.curves import LEVEL
from harness.analysis.figures.style import arms, colours, dashes, panels, telling_rows, wrap
from harness.analysis.findings import Findings
from harness.analysis.pairing import UNIT, by_seed
from harness.analysis.statistics import summarise

_MOST_CURVES = 9

MEASURE = {False: "top-1", True: "mean average precision"}


def curves(found: Findings) -> Figure | None:
    """Mean validation top-1 over the steps with its 95 % band, in the rows of the largest differences.

    Where images have several labels it is their mean average precision.
    """
    what = MEASURE[bool(found.curves["val_top1"].isna().all())]
    points = found.curves.dropna(subset=[LEVEL]).merge(found.runs[["run_id", "row", "arm", *UNIT]], on="run_id")
    shown = arms(found)
    points = points[points["arm"].isin(shown)]
    rows = [row for row in telling_rows(found, _MOST_CURVES) if (points["row"] == row).any()]
    if not rows:
        return None
    point = ["row", "arm", "step"]
    means = summarise(by_seed(points[points["row"].isin(rows)], point), point, LEVEL, 0)
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
        panel.set_ylabel(f"validation {what}, %")
    named = {text: handle for panel in axes for handle, text in zip(*panel.get_legend_handles_labels(), strict=True)}
    figure.legend(list(named.values()), list(named), loc="outside lower left", ncols=3, frameon=False)
    total = found.cells["row"].nunique()
    text = f"Validation {what} while training: mean over seeds, 95 % band"
    text += f" ({len(rows)} of {total} rows, those of the largest differences)" if total > len(rows) else ""
    figure.suptitle(text, fontsize=11, x=0.01, ha="left")
    return figure


_MOST_RATES = 12


def learning_rates(found: Findings) -> Figure | None:
    """Mean over seeds with its 95 % band; where there are many panels, those of the widest spread."""
    if LR not in found.axes.row or found.runs["score"].isna().all():
        return None
    keys = [column for column in found.axes.shown if column != LR]
    shown = arms(found)
    runs = found.runs[found.runs["arm"].isin(shown)]
    runs = runs.assign(panel=runs.groupby(keys, dropna=False, sort=False).ngroup() if keys else 0)
    point = ["panel", "arm", LR]
    means = summarise(by_seed(runs, point), point, "score", 0).dropna(subset=["mean"])
    spread = means.groupby(["panel", LR])["mean"].agg(lambda part: part.max() - part.min())
    spread = spread.groupby("panel").max().sort_values(ascending=False, kind="stable")
    order = [int(panel) for panel in spread.index[:_MOST_RATES]]
    names = runs.drop_duplicates("panel").set_index("panel")
    palette, lines = colours(shown), dashes(shown)
    figure, axes = panels(len(order))
    for number, panel in zip(sorted(order), axes, strict=True):
        here = means[means["panel"] == number]
        for arm in shown:
            line = here[here["arm"] == arm].sort_values(LR, key=lambda rates: rates.astype(float))
            rates = line[LR].to_numpy(float)
            look = {"color": palette[arm], "ls": lines[arm], "label": found.arm_labels[arm]}
            panel.plot(rates, line["mean"], marker="o", ms=4, lw=1.8, **look)
            panel.fill_between(rates, line["low"], line["high"], color=palette[arm], alpha=0.18, lw=0)
        panel.set_xscale("log")
        ticks = sorted({float(rate) for rate in here[LR]})
        panel.set_xticks(ticks, [f"{rate:g}" for rate in ticks])
        panel.xaxis.set_minor_locator(NullLocator())  # the rates tried are the ticks
        panel.yaxis.set_major_formatter(ScalarFormatter(useOffset=False))
        panel.set_xlabel("learning rate")
        panel.set_title(wrap(label(found.axes.telling({key: names.at[number, key] for key in keys}))) if keys else "")
        panel.grid(alpha=0.25)
    for panel in axes[::3]:
        panel.set_ylabel(f"test {found.study.measure}, %")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=3, frameon=False)
    text = f"Test {found.study.measure} over the learning rate: mean over seeds, 95 % band"
    text += f" ({len(order)} of {len(spread)} panels, those of the widest spread)" if len(spread) > _MOST_RATES else ""
    figure.suptitle(text, fontsize=11, x=0.01, ha="left")
    return figure
