"""Norm layers that one model has and the other has not."""

from __future__ import annotations

from harness.hybrids.trait import Trait, told
from harness.hybrids.traits.parts.modules import is_norm, listed, named
from harness.models.build import Built


def normalisation(first: Built, second: Built) -> Trait | None:
    """By class and number."""
    ours, theirs = listed(first, is_norm), listed(second, is_norm)
    if ours == theirs:
        return None
    return Trait(told("norm layers", named(ours - theirs), named(theirs - ours)))
