"""Balanced accuracy."""

from __future__ import annotations

import numpy as np

from harness.metrics.parts.per_class import macro
from harness.metrics.parts.scores import Scores
from harness.metrics.recall_by_class import recall_by_class


def balanced_accuracy(scores: Scores) -> float:
    """Mean recall over the classes that occur, percent; guessing gives 100 / C however unequal the classes are.

    Brodersen et al., "The Balanced Accuracy and Its Posterior Distribution" (2010).
    """
    return macro(np.array(recall_by_class(scores)))
