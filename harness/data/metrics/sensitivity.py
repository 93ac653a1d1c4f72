"""Sensitivity."""

from __future__ import annotations

import numpy as np

from harness.data.metrics._per_class import binary_or_macro
from harness.data.metrics.recall_by_class import recall_by_class
from harness.data.scores import Scores


def sensitivity(scores: Scores) -> float:
    """Recall of the positive class in percent; with more than two classes the mean over classes."""
    return binary_or_macro(np.array(recall_by_class(scores)), scores)
