"""Norm layers that one model has and the other has not."""

from __future__ import annotations

from harness.model.build import Built
from harness.training.hybrids.factors import Factor, told
from harness.training.hybrids.pairs import is_norm, listed, named


def normalisation(first: Built, second: Built) -> Factor | None:
    """By class and number."""
    ours, theirs = listed(first, is_norm), listed(second, is_norm)
    if ours == theirs:
        return None
    return Factor(told("norm layers", named(ours - theirs), named(theirs - ours)))
