"""Models that come as feature extractors."""

from __future__ import annotations

from harness.diagnose.atlas.row import Row


def no_default_head(row: Row) -> bool:
    """Made without num_classes the model has no head: there is nothing to swap, and the weights hold no classifier."""
    return row["kind"] != "none" and row["default_classes"] == "0"
