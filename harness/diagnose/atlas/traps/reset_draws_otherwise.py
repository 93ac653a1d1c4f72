"""Two laws in one library."""

from __future__ import annotations

from harness.diagnose.atlas import CLASSES
from harness.diagnose.atlas.row import Row, ratio


def reset_draws_otherwise(row: Row) -> bool:
    """reset_classifier draws the head from another law than direct creation: the widths differ by more than 10 %."""
    widths = [ratio(row, f"create_{n}_std", f"reset_{n}_std") for n in CLASSES]
    return any(width is not None and not 0.9 < width < 1.1 for width in widths)
