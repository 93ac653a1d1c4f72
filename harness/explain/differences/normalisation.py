"""Norm layers that one model has and the other has not."""

from __future__ import annotations

from harness.explain.difference import Difference
from harness.explain.differences.parts.modules import is_norm, listed, told
from harness.explain.subject import Subject


def normalisation(first: Subject, second: Subject) -> Difference | None:
    """By class and number."""
    ours, theirs = listed(first, is_norm), listed(second, is_norm)
    if ours == theirs:
        return None
    return Difference("norm layers", told(ours - theirs), told(theirs - ours))
