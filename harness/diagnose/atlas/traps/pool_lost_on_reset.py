"""Pooling over a reset."""

from __future__ import annotations

from harness.diagnose.atlas.row import Row


def pool_lost_on_reset(row: Row) -> bool:
    """reset_classifier loses or changes the model's pooling."""
    if not row["reset_output"] or row["default_classes"] == "0":
        return False
    return row["reset_pool"] != row["default_pool"]
