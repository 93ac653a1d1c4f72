"""Brier score."""

from __future__ import annotations

import numpy as np

from harness.data.scores import Scores


def brier_score(scores: Scores) -> float:
    """Mean squared distance of the probabilities to the truth over all classes: 0 is perfect, 2 the worst.

    Brier (1950) in its original form; with two classes twice what scikit-learn gives by default.
    """
    distance = scores.probability.copy()
    distance[np.arange(len(distance)), scores.labels] -= 1
    return float(np.square(distance).sum(1).mean())
