"""Hidden layers inside the head module."""

from __future__ import annotations

from harness.diagnose.atlas.row import Row


def mlp_lost_on_swap(row: Row) -> bool:
    """The attribute that holds the head holds hidden layers too: replacing it by a Linear throws them away."""
    return "hidden layer" in row["parts"]
