"""Values as a person reads them."""

from __future__ import annotations

from typing import Any


def shown(value: Any) -> str:
    """Five significant digits of a float; a dash where nothing is known."""
    if isinstance(value, float):
        return f"{value:.5g}"
    return "-" if value is None or value == "" else str(value)
