"""The loss before the first step, beside ln(classes)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from harness.analysis.figures.choice import arms
from harness.analysis.figures.style import GREY, colours, panels, wrap
from harness.analysis.findings import Findings

LIMIT = 9
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
    groups = every[:LIMIT]
    figure, axes = panels(len(groups), height=1.4 + 0.26 * len(shown))
    spread = np.random.default_rng(0)
    for ((backbone, data, classes), group), panel in zip(groups, axes, strict=True):
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
            f" ln({classes:g}) = {level:.2f}",
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
    text = "Loss before the first step, beside that of guessing: ln(classes)"
    text += f" ({len(groups)} of {len(every)} panels)" if len(every) > len(groups) else ""
    figure.suptitle(text, fontsize=11, x=0.01, ha="left")
    return figure
