"""Recall of each class."""

from __future__ import annotations

from harness.data.metrics._per_class import share
from harness.data.scores import Floats, Scores


def recall_by_class(scores: Scores) -> Floats:
    """Percentage of each class' images that are recognised; NaN for a class without images."""
    return share(scores.confusion.diagonal(), scores.confusion.sum(1))
