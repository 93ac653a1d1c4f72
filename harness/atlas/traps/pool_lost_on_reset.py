"""Pooling over a reset."""

from __future__ import annotations

from harness.atlas.row import Row


def pool_lost_on_reset(row: Row) -> bool:
    """reset_classifier loses or changes the model's pooling."""
    return bool(row["reset_pool"]) and row["default_classes"] != "0" and row["reset_pool"] != row["default_pool"]
