"""Distilled and auxiliary heads."""

from __future__ import annotations

from harness.diagnose.atlas.row import Row


def several_heads(row: Row) -> bool:
    """The model has several heads: replacing one of them leaves the others at their old width."""
    return row["kind"] == "several"
