"""Rows of the atlas for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from harness.diagnose.atlas.row import Row

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
