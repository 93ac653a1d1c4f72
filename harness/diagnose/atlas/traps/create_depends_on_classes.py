"""Width by number of classes."""

from __future__ import annotations

from harness.diagnose.atlas.row import Row, ratio


def create_depends_on_classes(row: Row) -> bool:
    """The width of a directly created head depends on the number of classes: 2 against 1000 differ over 1.5 times."""
    return not 2 / 3 < (ratio(row, "create_2_std", "create_1000_std") or 1.0) < 1.5
