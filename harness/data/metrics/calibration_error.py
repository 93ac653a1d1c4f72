"""Expected calibration error."""

from __future__ import annotations

import numpy as np

from harness.data.scores import Scores

BINS = 15


def calibration_error(scores: Scores) -> float:
    """Mean distance between confidence and accuracy over 15 bins of equal width, weighted by their images; points.

    Guo et al., "On Calibration of Modern Neural Networks" (2017), equation 3, with the number of bins of their tables.
    """
    confidence = scores.probability.max(1)
    right = scores.predicted == scores.labels
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1) if np.isfinite(confidence).all() else None
    if bins is None:
        return float("nan")
    gap = np.bincount(bins, weights=right - confidence, minlength=BINS)
    return 100 * float(np.abs(gap).sum()) / len(right)
