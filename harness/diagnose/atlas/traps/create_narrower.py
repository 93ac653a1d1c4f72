"""Direct creation draws narrow."""

from __future__ import annotations

from harness.diagnose.atlas.row import Row, ratio


def create_narrower(row: Row) -> bool:
    """At 10 classes direct creation draws a head at most two thirds as wide as a plain Linear's (and not zero)."""
    return 0 < (ratio(row, "create_10_std", "swap_10_std") or 1.0) <= 2 / 3
