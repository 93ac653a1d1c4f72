"""Average precision."""

from __future__ import annotations

import numpy as np

from harness.data.metrics._per_class import one_against_rest
from harness.data.scores import Flags, Floats, Scores


def average_precision(scores: Scores) -> float:
    """Area under the precision-recall curve of the positive class, percent; guessing gives that class' share.

    The sum of precisions weighted by the rise in recall, without interpolation: scikit-learn's definition, at a tenth
    of its time. With more than two classes the mean over classes of one against the rest.
    """
    return one_against_rest(scores, _precision)


def _precision(is_it: Flags, score: Floats) -> float:
    order = np.argsort(-score)
    hits = np.cumsum(is_it[order])
    last = np.flatnonzero(np.append(np.diff(score[order]), -1.0))  # of each run of equal scores
    return float((np.diff(hits[last], prepend=0) * hits[last] / (last + 1)).sum() / hits[-1])
