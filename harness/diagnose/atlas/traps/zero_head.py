"""Heads born at zero."""

from __future__ import annotations

from harness.diagnose.atlas.row import Row


def zero_head(row: Row) -> bool:
    """Direct creation makes a head of zeros; a plain Linear is not: the two start from different losses."""
    return row["create_law"] == "zeros"
