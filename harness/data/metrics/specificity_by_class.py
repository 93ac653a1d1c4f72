"""Specificity of each class."""

from __future__ import annotations

from harness.data.metrics._per_class import share
from harness.data.scores import Floats, Scores


def specificity_by_class(scores: Scores) -> Floats:
    """Percentage of the other classes' images that are not taken for each class; NaN where there are none."""
    others = scores.confusion.sum() - scores.confusion.sum(1)
    mistaken = scores.confusion.sum(0) - scores.confusion.diagonal()
    return share(others - mistaken, others)
