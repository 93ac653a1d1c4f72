"""Before the first step: the loss beside ln(classes), and the distribution of the head's weights."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from harness.analysis.figures.style import GREY, arms, colours, panels, wrap
from harness.analysis.findings import Findings

_MOST_LOSS_PANELS = 9
LEAST_SPAN = 0.5  # nats; a narrower axis would make a show of nothing


def initial_loss(found: Findings) -> Figure | None:
    """One panel for each backbone, data set and number of classes; a dot for each seed, a bar at the mean."""
    shown = arms(found)
    runs = found.runs[found.runs["arm"].isin(shown)].dropna(subset=["initial_loss", "uniform_loss"])
    if runs.empty:
        return None
    shown = [arm for arm in shown if (runs["arm"] == arm).any()]
    runs = runs.drop_duplicates(["backbone", "data", "num_classes", "arm", "seed"])
    palette = colours(shown)
    every = list(runs.groupby(["backbone", "data", "num_classes"], sort=False, dropna=False))
    groups = every[:_MOST_LOSS_PANELS]
    figure, axes = panels(len(groups), height=1.4 + 0.26 * len(shown))
    spread = np.random.default_rng(0)
    for ((backbone, data, _), group), panel in zip(groups, axes, strict=True):
        for at, arm in enumerate(shown):
            losses = group.loc[group["arm"] == arm, "initial_loss"].to_numpy(float)
            if not len(losses):
                continue
            heights = at + spread.uniform(-0.18, 0.18, len(losses))
            panel.plot(losses, heights, "o", color=palette[arm], ms=3.5, alpha=0.6, mew=0)
            panel.plot([losses.mean()] * 2, [at - 0.32, at + 0.32], color=palette[arm], lw=2.2)
        level = float(group["uniform_loss"].mean())
        panel.axvline(level, color=GREY, ls="--", lw=1)
        panel.text(
            level,
            0.98,
            f" ln({round(math.exp(level))}) = {level:.2f}",  # of several labels an image ln 2
            transform=panel.get_xaxis_transform(),
            fontsize=8,
            color=GREY,
            va="top",
        )
        names = [found.arm_labels[arm] for arm in shown] if panel in axes[::3] else [""] * len(shown)
        panel.set_yticks(range(len(shown)), names)
        panel.set_ylim(len(shown) - 0.3, -0.9)
        panel.set_title(wrap(f"{backbone}, {data}"))
        panel.set_xlabel("nats")
        low = min(level, float(group["initial_loss"].min()))
        span = max(float(group["initial_loss"].max()) - low, LEAST_SPAN)
        panel.set_xlim(low - 0.1 * span, low + 1.15 * span)
    text = "Loss before the first step; guessing has ln(classes)"
    text += f" ({len(groups)} of {len(every)} panels)" if len(every) > len(groups) else ""
    figure.suptitle(text, fontsize=11, x=0.01, ha="left")
    return figure


_MOST_HEAD_PANELS = 9
SEEDS = 5


def _histograms(found: Findings) -> dict[str, dict[str, Any]]:
    """The histogram of the first head of each run that has one of a width above zero."""
    known = {}
    for record in found.records:
        heads = (record.get("birth") or {}).get("head") or []
        histogram = (heads[0].get("histogram") if heads else None) or {}
        edges = histogram.get("edges") or []
        if len(edges) > 1 and edges[-1] > edges[0] and sum(histogram.get("counts") or []) > 0:
            known[record["run_id"]] = histogram
    return known


def _density(histograms: list[dict[str, Any]], grid: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Mean density of several histograms on one grid, by way of their cumulative distributions."""
    cumulatives = []
    for histogram in histograms:
        cumulative = np.concatenate([[0.0], np.cumsum(histogram["counts"])]) / sum(histogram["counts"])
        cumulatives.append(np.interp(grid, histogram["edges"], cumulative))
    density: npt.NDArray[np.float64] = np.diff(np.mean(cumulatives, axis=0)) / np.diff(grid)
    return density


def head_weights(found: Findings) -> Figure | None:
    """One panel for each backbone and number of classes, a line for each arm; means over a few seeds."""
    known = _histograms(found)
    measured = found.runs["run_id"].isin(known) | (found.runs["head_std"] == 0)
    runs = found.runs[measured & found.runs["arm"].isin(arms(found))]
    if not runs["run_id"].isin(known).any():
        return None
    shown = [arm for arm in arms(found) if (runs["arm"] == arm).any()]
    palette = colours(shown)
    groups = list(runs.groupby(["backbone", "num_classes"], sort=False))[:_MOST_HEAD_PANELS]
    figure, axes = panels(len(groups))
    for ((backbone, classes), group), panel in zip(groups, axes, strict=True):
        first = group.sort_values("seed").groupby("arm").head(SEEDS)
        used = {arm: [known[run] for run in first.loc[first["arm"] == arm, "run_id"] if run in known] for arm in shown}
        widths = [max(abs(h["edges"][0]), abs(h["edges"][-1])) for part in used.values() for h in part]
        bound = max(widths, default=1.0)
        grid = np.linspace(-1.05 * bound, 1.05 * bound, 121)
        for arm in shown:
            if (first.loc[first["arm"] == arm, "head_std"] == 0).any():
                panel.axvline(0, color=palette[arm], lw=1.6, ls=":", label=f"{found.arm_labels[arm]} (all zero)")
            if not used[arm]:
                continue
            deviation = first.loc[first["arm"] == arm, "head_std"].mean()
            text = found.arm_labels[arm] + ("" if np.isnan(deviation) else f" (sd {deviation:.3g})")
            panel.stairs(_density(used[arm], grid), grid, color=palette[arm], lw=1.6, label=text)
        panel.set_yscale("log")
        panel.yaxis.set_minor_formatter(NullFormatter())
        panel.set_title(wrap(f"{backbone}, {classes:g} classes"))
        panel.set_xlabel("weight")
        panel.legend(frameon=False, fontsize=7.5, loc="upper left", bbox_to_anchor=(0, -0.33), borderaxespad=0)
    for panel in axes[::3]:
        panel.set_ylabel("density")
    figure.suptitle("The head's weights before the first step", fontsize=11, x=0.01, ha="left")
    return figure
