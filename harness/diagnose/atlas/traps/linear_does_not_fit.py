"""A convolution's place."""

from __future__ import annotations

from harness.diagnose.atlas.row import Row


def linear_does_not_fit(row: Row) -> bool:
    """A plain Linear in the place of the head layer does not fit: it is a convolution, or sees more than vectors."""
    return row["create_output"] == "2x10" and row["swap_output"] != "2x10"
