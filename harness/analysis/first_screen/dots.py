"""The first picture for a terminal: every seed of two methods as a dot, learning rate by learning rate."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from harness.analysis.arms import show
from harness.analysis.findings import Findings
from harness.analysis.first_screen.example import Example, family
from harness.analysis.first_screen.names import measure, methods

WIDTH = 48
SEED, MEAN = "·", "●"


def dots(found: Findings, of: Example | None) -> tuple[str, ...]:
    """Lines of text: a line a method and learning rate, `·` a seed, `●` their mean, from left to right by the metric.

    Empty where nothing is compared.
    """
    runs = pd.DataFrame() if of is None else family(found, of)
    if of is None or runs.empty:
        return ()
    low, high = 5 * math.floor(runs["score"].min() / 5), 5 * math.ceil(runs["score"].max() / 5)
    high = high if high > low else low + 5
    first, second = (name.replace("`", "").removeprefix("a ") for name in methods(found, of))
    names = {found.baseline: first, of.arm: second}
    width = max(map(len, names.values()))
    swept = runs["rate"].nunique() > 1
    rates = runs.groupby("row")["rate"].first().sort_values(kind="stable").to_dict()
    head, margin = ("learning rate", 15) if swept else ("", 0)
    lines = [f"{head:{margin}}{'':{width}}  {low:<{WIDTH - 3}}{high:>3} % {measure(found)}"]
    for row, rate in rates.items():
        for arm, name in names.items():
            scores = runs.loc[(runs["row"] == row) & (runs["arm"] == arm), "score"].to_numpy(float)
            if len(scores):
                strip = _strip((scores - low) / (high - low), (scores.mean() - low) / (high - low))
                told = show(rate) if swept and arm == found.baseline else ""
                lines.append(f"{told:>{max(0, margin - 2)}}{'':{margin and 2}}{name:{width}}  {strip}")
    return tuple(lines)


def _strip(seeds: np.ndarray, mean: float) -> str:
    """A line of `WIDTH` characters for fractions between 0 and 1."""
    cells = [" "] * WIDTH
    for value in (*seeds, mean):
        cells[round(float(value) * (WIDTH - 1))] = SEED
    cells[round(mean * (WIDTH - 1))] = MEAN
    return "".join(cells).rstrip()
