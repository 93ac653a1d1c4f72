"""A wrong shape without an error."""

from __future__ import annotations

from harness.diagnose.atlas.row import Row


def wrong_shape_in_silence(row: Row) -> bool:
    """With the attribute that holds the head replaced by a Linear the model runs, but gives no [batch, classes]."""
    return row["swap_attribute_output"][:1].isdigit() and row["swap_attribute_output"] != "2x10"
