"""Specificity."""

from __future__ import annotations

import numpy as np

from harness.data.metrics._per_class import binary_or_macro
from harness.data.metrics.specificity_by_class import specificity_by_class
from harness.data.scores import Scores


def specificity(scores: Scores) -> float:
    """Specificity of the positive class in percent; with more than two classes the mean over classes."""
    return binary_or_macro(np.array(specificity_by_class(scores)), scores)
