"""The atlas in numbers: what a reader should know before the first row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from harness.diagnose.atlas import CLASSES
from harness.diagnose.atlas.row import Row, number

WIDE = 1.5


@dataclass(frozen=True)
class Width:
    """How many directly created heads are wider or narrower than a plain Linear's, at one number of classes."""

    classes: int
    wider: int
    narrower: int
    largest: float
    largest_name: str


def measured(rows: Sequence[Row]) -> list[Row]:
    """The rows whose architecture could be built."""
    return [row for row in rows if not row["error"]]


def widths(rows: Sequence[Row]) -> list[Width]:
    """One line for each number of classes; by more than half either way."""
    found = []
    for n in CLASSES:
        ratios = {row["name"]: number(row, f"create_by_swap_{n}") for row in rows}
        known = {name: ratio for name, ratio in ratios.items() if ratio is not None}
        if known:
            name = max(known, key=lambda name: known[name])
            wider = sum(ratio >= WIDE for ratio in known.values())
            narrower = sum(ratio <= 1 / WIDE for ratio in known.values())
            found.append(Width(n, wider, narrower, known[name], name))
    return found


def counts(rows: Sequence[Row], column: str) -> list[tuple[str, int]]:
    """How often each value of a column occurs, the most frequent first."""
    tally = Counter(row[column] for row in rows if row[column])
    return sorted(tally.items(), key=lambda pair: (-pair[1], pair[0]))


def traps(rows: Sequence[Row]) -> dict[str, int]:
    """How many architectures each trap applies to."""
    return dict(Counter(trap for row in rows for trap in row["traps"].split()))


def families(rows: Sequence[Row], trap: str) -> list[str]:
    """The families that a trap occurs in."""
    return sorted({row["family"] for row in rows if trap in row["traps"].split()})
