"""F1."""

from __future__ import annotations

from harness.data.metrics._per_class import binary_or_macro, share
from harness.data.scores import Scores


def f1(scores: Scores) -> float:
    """Harmonic mean of precision and recall of the positive class, percent; with more than two classes their mean.

    A class that is neither there nor ever answered has none.
    """
    hits = scores.confusion.diagonal()
    return binary_or_macro(share(2 * hits, scores.confusion.sum(0) + scores.confusion.sum(1)), scores)
