"""Confusion matrix."""

from __future__ import annotations

from harness.data.scores import Scores

MOST_CLASSES = 20
"""A larger one belongs to no record; the stored predictions give it at any time."""


def confusion_matrix(scores: Scores) -> list[list[int]]:
    """Counts, true classes in rows, answers in columns; empty for more than 20 classes."""
    matrix: list[list[int]] = scores.confusion.tolist() if scores.classes <= MOST_CLASSES else []
    return matrix
