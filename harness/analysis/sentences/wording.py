"""How numbers and names are put into words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from harness.analysis.arms import show


def interval(mean: float, low: float, high: float) -> str:
    """`+3.1 [2.0, 4.2]`, in points; without the bounds where there are none."""
    mean, low, high = (round(value, 1) + 0.0 for value in (mean, low, high))  # no negative zero
    return f"{mean:+.1f}" if np.isnan(low) else f"{mean:+.1f} [{low:.1f}, {high:.1f}]"


def level(mean: float, low: float, high: float) -> str:
    """`75.2 [70.3, 80.0]`, in percent; without the bounds where there are none."""
    return f"{mean:.1f}" if np.isnan(low) else f"{mean:.1f} [{low:.1f}, {high:.1f}]"


def size(mean: float, low: float, high: float) -> str:
    """The size of a difference without its sign, with the bounds turned alike: `3.1 points [2.0, 4.2]`."""
    if mean < 0:
        mean, low, high = -mean, -high, -low
    return f"{mean:.1f} points" + ("" if np.isnan(low) else f" [{low:.1f}, {high:.1f}]")


def listed(items: Iterable[Any]) -> str:
    """`a, b and c`."""
    words = [show(item) for item in items]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def count(number: int, noun: str) -> str:
    """`1 run`, `2 runs`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def of(part: int, total: int, noun: str) -> str:
    """`all 4 cells`, `the one cell`, `2 of 4 cells`."""
    if part == total:
        return f"the one {noun}" if total == 1 else f"all {total} {noun}s"
    return f"{part} of {count(total, noun)}"


def spread(numbers: Iterable[float], unit: str) -> str:
    """`8 seeds`, `3 to 8 seeds`."""
    values = list(numbers)
    low, high = int(min(values)), int(max(values))
    return count(low, unit) if low == high else f"{low} to {count(high, unit)}"


def where(place: tuple[str, ...]) -> str:
    """`mobilenetv2_100 on digits (full)`."""
    backbone, data, *rest = place
    return f"{backbone} on {data}" + (f" ({', '.join(rest)})" if rest else "")
