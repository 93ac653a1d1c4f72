"""What a comparison says, whatever was compared and however it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Section:
    """One side of the comparison: sentences, and a table where there is something to list."""

    title: str
    told: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()


@dataclass(frozen=True)
class Compared:
    """Two runs or two studies, named as they were asked for; `warnings` say what may explain any difference."""

    kind: str
    a: str
    b: str
    sections: tuple[Section, ...]
    warnings: tuple[str, ...] = ()


def shown(value: Any) -> str:
    """Five significant digits of a float; a dash where nothing is known."""
    if isinstance(value, float):
        return f"{value:.5g}"
    return "-" if value is None or value == "" else str(value)
