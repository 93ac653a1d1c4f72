"""A reset that names the pooling."""

from __future__ import annotations

from harness.diagnose.atlas.row import Row


def named_pool_changes_model(row: Row) -> bool:
    """reset_classifier(n, global_pool=...) with the pooling that the model has already changes the model."""
    return row["named_pool_changes"][:5] in ("lost ", "new h") or "->" in row["named_pool_changes"]
