"""Direct creation draws wide."""

from __future__ import annotations

from harness.diagnose.atlas.row import Row, ratio


def create_wider(row: Row) -> bool:
    """At 10 classes direct creation draws a head at least 1.5 times as wide as a plain Linear's."""
    return (ratio(row, "create_10_std", "swap_10_std") or 1.0) >= 1.5
