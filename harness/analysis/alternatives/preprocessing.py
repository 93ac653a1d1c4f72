"""Rival cause: unlike preprocessing."""

from __future__ import annotations

from harness.analysis.alternatives.alternative import Alternative, by_agreement
from harness.analysis.findings import Findings


def preprocessing(found: Findings) -> Alternative:
    """Compares mean, deviation, interpolation and size in use."""
    return by_agreement(
        "unlike preprocessing",
        "mean, standard deviation, interpolation and size are equal on both sides of every pair",
        found.pairs,
        {"preprocessing": "preprocessing"},
    )
