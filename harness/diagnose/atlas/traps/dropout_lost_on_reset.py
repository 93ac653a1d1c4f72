"""Drop-out before the head."""

from __future__ import annotations

from harness.diagnose.atlas.row import Row


def dropout_lost_on_reset(row: Row) -> bool:
    """reset_classifier loses or changes the drop-out that the model was made with."""
    return any(word in row["reset_changes"].lower() for word in ("dropout", "drop_rate"))
