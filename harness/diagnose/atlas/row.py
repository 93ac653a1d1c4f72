"""A row of the atlas as text: what a table holds, and what is read from it, is the same to the last digit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.diagnose.atlas import CLASSES, METHODS

Row = Mapping[str, str]

METHOD = "1"
"""Raised when the atlas measures otherwise on purpose: rows of another number are measured anew."""

SEEN = (
    "library", "version", "torch", "method", "name", "family", "error", "backbone", "kind", "heads", "attribute",
    "parts", "in_features", "get_classifier", "config_classifier", "default_classes", "default_pool", "pool",
    "heads_differ", "create_output", "reset_error", "reset_output", "reset_pool", "reset_changes", "reset_against_new",
    "named_pool_changes", "swap_output", "swap_attribute_output",
)  # fmt: skip

DRAWN = ("std", "law", "scale", "cut", "bias", "bias_std", "rows")

MEASURED = (*SEEN, *(f"{method}_{n}_{what}" for method in METHODS for n in CLASSES for what in DRAWN))
"""Columns that are measured; all others follow from them."""


def text(value: Any) -> str:
    """A value as a table holds it: nothing is empty, truth is `yes` or `no`."""
    if value is None:
        return ""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def number(row: Row, column: str) -> float | None:
    """A column as a number; None where there is none."""
    held = row.get(column, "")
    return float(held) if held else None


def ratio(row: Row, above: str, below: str) -> float | None:
    """Quotient of two columns; None where one is missing or the lower one is zero."""
    upper, lower = number(row, above), number(row, below)
    return None if upper is None or not lower else upper / lower
