"""A reset model against a new one."""

from __future__ import annotations

from harness.diagnose.atlas.row import Row


def reset_is_not_new(row: Row) -> bool:
    """After reset_classifier(n) the model is built otherwise than a new one for n classes."""
    return bool(row["reset_against_new"])
