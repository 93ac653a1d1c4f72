"""Balanced accuracy."""

from __future__ import annotations

import numpy as np

from harness.data.metrics._per_class import macro
from harness.data.metrics.recall_by_class import recall_by_class
from harness.data.scores import Scores


def balanced_accuracy(scores: Scores) -> float:
    """Mean recall over the classes that occur, percent; guessing gives 100 / C however unequal the classes are.

    Brodersen et al., "The Balanced Accuracy and Its Posterior Distribution" (2010).
    """
    return macro(np.array(recall_by_class(scores)))
