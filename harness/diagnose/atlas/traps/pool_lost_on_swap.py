"""Pooling inside the head module."""

from __future__ import annotations

from harness.diagnose.atlas.row import Row


def pool_lost_on_swap(row: Row) -> bool:
    """The attribute that holds the head holds the pooling too: replacing it by a Linear throws that away."""
    return "pool" in row["parts"]
