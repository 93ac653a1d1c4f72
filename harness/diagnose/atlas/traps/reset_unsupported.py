"""A model that cannot be reset."""

from __future__ import annotations

from harness.diagnose.atlas.row import Row


def reset_unsupported(row: Row) -> bool:
    """reset_classifier is missing, raises an error, or leaves a model that does not give [batch, classes]."""
    return bool(row["reset_error"]) or (row["create_output"] == "2x10" and row["reset_output"] != "2x1000")
