"""Several labels an image: levels of each label and of their means, and how they depend on which images were tested.

As in `harness.analysis.resampling`, every level is taken once for each row of weights: of all images once, and then
resampled, by whole groups where these are known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from harness.analysis.ranked import Flags, Floats, over, precision_recall_area, roc_area
from harness.records.record import Predictions

ByLabel = Callable[[Predictions, Floats], Floats]
"""Levels [resamples, L] in percent from a run's answers and the images' weights [resamples, N]; NaN where undefined."""


def auroc(run: Predictions, weights: Floats) -> Floats:
    """Of each label the weighted fraction of pairs in which an image with it is ranked above one without."""
    return _ranked(run, weights, roc_area)


def average_precision(run: Predictions, weights: Floats) -> Floats:
    """Of each label the sum of precisions weighted by the rise in recall, without interpolation."""
    return _ranked(run, weights, precision_recall_area)


def f1(run: Predictions, weights: Floats) -> Floats:
    """Of each label, where it is said as the run decided."""
    hit = weights @ (run.label * run.predicted)
    return _percent(over(2 * hit, weights @ (run.label + run.predicted)))


def f1_micro(run: Predictions, weights: Floats) -> Floats:
    """Of all decisions together, [resamples, 1]."""
    hit = weights @ (run.label * run.predicted).sum(axis=1, keepdims=True)
    return _percent(over(2 * hit, weights @ (run.label + run.predicted).sum(axis=1, keepdims=True)))


def sensitivity_at_specificity(run: Predictions, weights: Floats) -> Floats:
    """Of each label, where the validation part keeps a specificity."""
    if run.operating is None:
        return np.full((len(weights), run.label.shape[1]), np.nan)
    return _percent(over(weights @ (run.label * run.operating), weights @ run.label))


BY_LABEL: dict[str, ByLabel] = {"auroc": auroc, "average_precision": average_precision, "f1": f1}
"""Levels that each label has."""

MEANS: dict[str, ByLabel] = {
    "auroc": auroc,
    "average_precision": average_precision,
    "f1_macro": f1,
    "f1_micro": f1_micro,
    "sensitivity_at_specificity": sensitivity_at_specificity,
}
"""Metrics of a study, as means over labels of these."""


def levels(metric: str, cells: Sequence[Sequence[Predictions]], weights: Floats) -> Floats:
    """A metric's level, mean over the runs of each cell, [resamples, cells]."""
    return np.stack(
        [np.mean([mean_over(MEANS[metric](run, weights)) for run in runs], axis=0) for runs in cells], axis=1
    )


def mean_over(values: Floats) -> Floats:
    """The mean over the labels that have a level, [resamples]; NaN where none has."""
    known = ~np.isnan(values)
    return over(np.where(known, values, 0).sum(axis=1), known.sum(axis=1).astype(float))


def by_label(
    runs: Sequence[Predictions], names: Sequence[str], weights: Floats, bounds: tuple[float, float]
) -> list[dict[str, Any]]:
    """A row for each label: how many of the test images have it, and each level with its bounds over resampled images.

    Args:
        runs: of one cell, tested on the same images; levels are means over them.
        names: of the labels.
        weights: [resamples, N], the first row all ones.
        bounds: quantiles.
    """
    having = runs[0].label.sum(axis=0)
    rows: list[dict[str, Any]] = [
        {"label": name, "images": int(count)} for name, count in zip(names, having, strict=True)
    ]
    for metric, level in BY_LABEL.items():
        found = np.mean([level(run, weights) for run in runs], axis=0)
        for row, values in zip(rows, found.T, strict=True):
            drawn = values[1:][~np.isnan(values[1:])]
            low, high = np.quantile(drawn, bounds) if len(drawn) else (np.nan, np.nan)
            row |= {metric: float(values[0]), f"{metric}_low": float(low), f"{metric}_high": float(high)}
    return rows


def _ranked(run: Predictions, weights: Floats, area: Callable[[Flags, Floats, Floats], Floats]) -> Floats:
    """`area` of each label, percent; NaN where a run has no scores."""
    score = run.log_probability
    if score is None:
        return np.full((len(weights), run.label.shape[1]), np.nan)
    columns = zip(run.label.T == 1, score.astype(np.float64).T, strict=True)
    nothing = np.full(len(weights), np.nan)
    areas = [area(is_it, each, weights) if is_it.any() else nothing for is_it, each in columns]
    return _percent(np.stack(areas, axis=1))


def _percent(fraction: Floats) -> Floats:
    return 100 * fraction
