"""Several heads, several laws."""

from __future__ import annotations

from harness.diagnose.atlas.row import Row


def heads_differ(row: Row) -> bool:
    """The model's heads are drawn from different laws."""
    return row["heads_differ"] == "yes"
