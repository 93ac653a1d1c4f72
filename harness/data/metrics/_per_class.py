"""From one number for each class to one number."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np

from harness.data.scores import Flags, Floats, Ints, Scores

MOST_CLASSES = 100
"""Ranking all images anew for each class is left out beyond so many: nobody reads it, and it takes seconds."""


def share(hits: Ints, total: Ints) -> Floats:
    """Percentages; NaN where there is nothing to count."""
    with np.errstate(invalid="ignore"):
        return 100 * hits / np.where(total > 0, total, np.nan)


def binary_or_macro(values: Floats, scores: Scores) -> float:
    """The positive class' value where there are two classes, else the mean over the classes that have one."""
    return float(values[scores.sought]) if scores.classes == 2 else macro(values)


def macro(values: Floats) -> float:
    """The mean over the classes that have a value; NaN where none has."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of a mean of nothing
        return float(np.nanmean(values))


def one_against_rest(scores: Scores, measure: Callable[[Flags, Floats], float]) -> float:
    """Percent: `measure(is_it, log_probability)` of the positive class, or its mean over the classes of the labels.

    NaN where a class makes up all of the labels, where logits are not finite, and beyond `MOST_CLASSES`.
    """
    present = np.bincount(scores.labels, minlength=scores.classes) > 0
    if present.sum() < 2 or scores.classes > MOST_CLASSES or not np.isfinite(scores.logits).all():
        return float("nan")
    classes = [scores.sought] if scores.classes == 2 else np.flatnonzero(present)
    each = [measure(scores.labels == label, scores.log_probability[:, label]) for label in classes]
    return 100 * float(np.mean(each))
