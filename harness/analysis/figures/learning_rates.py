"""The test metric over the learning rate, a line for each arm."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, ScalarFormatter

from harness.analysis.arms import label
from harness.analysis.axes import LR
from harness.analysis.figures.choice import arms
from harness.analysis.figures.style import colours, dashes, panels, wrap
from harness.analysis.findings import Findings
from harness.analysis.pairing import by_seed
from harness.analysis.statistics import summarise

LIMIT = 12


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
    order = [int(panel) for panel in spread.index[:LIMIT]]
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
    text += f" ({len(order)} of {len(spread)} panels, those of the widest spread)" if len(spread) > LIMIT else ""
    figure.suptitle(text, fontsize=11, x=0.01, ha="left")
    return figure
