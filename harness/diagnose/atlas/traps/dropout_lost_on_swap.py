"""Drop-out inside the head module."""

from __future__ import annotations

from harness.diagnose.atlas.row import Row


def dropout_lost_on_swap(row: Row) -> bool:
    """The attribute that holds the head holds its drop-out too: replacing it by a Linear switches drop-out off."""
    return "dropout" in row["parts"]
