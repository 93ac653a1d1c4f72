"""Rival cause: random numbers consumed differently by the two constructions."""

from __future__ import annotations

from harness.analysis.alternatives.alternative import Alternative, by_agreement
from harness.analysis.findings import Findings


def random_numbers(found: Findings) -> Alternative:
    """Split, order and augmentation have streams of their own, which no construction can move."""
    return by_agreement(
        "random numbers consumed differently by the constructions",
        "split, data order and augmentation are drawn from streams of their own, which depend on the seed "
        "alone; training split and test images are equal on both sides of every pair",
        found.pairs,
        {"split_hash": "split", "test_hash": "test images"},
    )
