"""How well scores rank the images that are sought above all others; and means over what has a value."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Flags = npt.NDArray[np.bool_]


def roc_area(is_it: Flags, score: Floats) -> float:
    """Fraction of pairs, one image of `is_it` [N] and one of the others, in which that one scores higher; ties half.

    Counted pair by pair, as Hanley and McNeil (1982) show the area under the ROC curve to be.
    """
    sought, others = score[is_it], np.sort(score[~is_it])
    below = np.searchsorted(others, sought, "left") + np.searchsorted(others, sought, "right")
    return float(below.mean()) / (2 * len(others))


def precision_recall_area(is_it: Flags, score: Floats) -> float:
    """The sum of precisions weighted by the rise in recall, without interpolation; from [N] and scores [N]."""
    order = np.argsort(-score)
    hits = np.cumsum(is_it[order])
    last = np.flatnonzero(np.append(np.diff(score[order]), -1.0))  # of each run of equal scores
    return float((np.diff(hits[last], prepend=0) * hits[last] / (last + 1)).sum() / hits[-1])


def operating_point(is_it: Flags, score: Floats, specificity: float) -> float:
    """The score above which an image is said, so that at least `specificity` percent of the others are not.

    The largest sensitivity that keeps the promise on these images: a higher score would lose images that are sought, a
    lower one says too many others. NaN where there are no others.
    """
    others = score[~is_it]
    if not len(others):
        return float("nan")
    mistaken = int((1 - specificity / 100) * len(others) + 1e-9)  # 0.1 x 10 falls short of 1 by rounding
    return float(np.partition(others, -1 - mistaken)[-1 - mistaken])


def mean_known(values: Floats) -> float:
    """The mean over the values that there are; NaN where there is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of a mean of nothing
        return float(np.nanmean(values))
