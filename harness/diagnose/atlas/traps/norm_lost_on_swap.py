"""Norm inside the head module."""

from __future__ import annotations

from harness.diagnose.atlas.row import Row


def norm_lost_on_swap(row: Row) -> bool:
    """The attribute that holds the head holds a pretrained norm too: replacing it by a Linear throws that away."""
    return "norm" in row["parts"]
