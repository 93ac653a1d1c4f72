"""A row of the atlas as text: the same to the last digit in a table and read from it; and rows for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


SHOWN = {
    "name": "architecture",
    "heads": "layer",
    "in_features": "features",
    "create_law": "create_model",
    "reset_law": "reset_classifier",
    "create_by_swap_10": "create / Linear",
    "traps": "traps",
}
"""Columns, and what heads them; the ratio is of standard deviations at 10 classes, to a plain nn.Linear's."""


def table(title: str, rows: Sequence[Row]) -> str:
    """One line for each architecture, or what kept it from being measured."""
    lines = [list(SHOWN.values())]
    lines += [_cells(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    written = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
    return "\n".join([f"{title}, heads as initialised (create / Linear: of standard deviations, 10 classes)", *written])


def _cells(row: Row) -> list[str]:
    if row["error"]:
        return [row["name"], *[""] * (len(SHOWN) - 2), f"not measured: {row['error']}"]
    ratio = row["create_by_swap_10"]
    return [f"{float(ratio):.2f}" if name == "create_by_swap_10" and ratio else row[name] for name in SHOWN]
