"""Predicted against measured gaps, with both intervals."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import t

from harness.analysis.figures.style import COLOURS, GREY, style
from harness.dev.publish import draw


def draw_gaps(judged: pd.DataFrame, file: Path, when: str = "before training") -> None:
    """One point for each setting: the prediction with its interval across, the measured mean with its own upwards."""
    with style():
        figure = Figure(figsize=(7.0, 6.4), layout="constrained")
        axes = figure.add_subplot()
        ends = [judged[["low", "gap"]].to_numpy().min() - 3, judged[["high", "gap"]].to_numpy().max() + 3]
        axes.plot(ends, ends, color=GREY, linewidth=0.8)
        axes.axhline(0, color=GREY, linewidth=0.4)
        axes.axvline(0, color=GREY, linewidth=0.4)
        for colour, (name, part) in zip(COLOURS, judged.groupby("backbone"), strict=False):
            axes.errorbar(
                part["predicted"],
                part["gap"],
                xerr=[part["predicted"] - part["low"], part["high"] - part["predicted"]],
                yerr=part["error"] * t.ppf(0.975, part["n"] - 1),
                fmt="o",
                markersize=4,
                color=colour,
                ecolor=f"{colour}55",
                elinewidth=0.8,
                label=str(name),
            )
        axes.set_xlim(*ends)
        axes.set_ylim(*ends)
        axes.set_xlabel(f"predicted gap {when}, points of top-1, 90 % interval")
        axes.set_ylabel(f"measured gap, mean of {judged['n'].max()} paired seeds, 95 % interval")
        axes.set_title("Gap between two head initialisations under full fine-tuning; on the line they agree")
        axes.legend(frameon=False)
        draw(file, figure)
