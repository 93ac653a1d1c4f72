"""Rival cause: drop rates lost or gained."""

from __future__ import annotations

from harness.analysis.alternatives.alternative import Alternative, by_agreement
from harness.analysis.findings import Findings


def drop_rates(found: Findings) -> Alternative:
    """Compares the rates in force, read from the built model."""
    return by_agreement(
        "drop rates lost or gained",
        "the dropout and drop-path rates in force, read from the built model, are equal on both sides of every pair",
        found.pairs,
        {"rates": "rates in force"},
    )
