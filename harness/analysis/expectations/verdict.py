"""From the rows of a claim to its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.analysis.arms import name_of, show
from harness.analysis.expectations.judge import AS_SAID, OTHERWISE

HOLDS, REFUTED, CONDITIONAL, OPEN = "holds", "refuted", "holds in part", "open"


@dataclass(frozen=True)
class Row:
    """A decided or undecided row: what was said of it, its settings, its outcome."""

    says: str
    settings: dict[str, Any]
    outcome: str


@dataclass(frozen=True)
class ExpectationVerdict:
    """`word` is one of the four; `when` is the condition of the third, or how the rows are divided."""

    word: str
    when: str
    as_said: int
    otherwise: int
    undecided: int


def verdict(rows: Sequence[Row]) -> ExpectationVerdict:
    """*holds* where every decided row is as said and at least half are decided, *refuted* where every decided row is
    otherwise and at least half are; *holds in part* where some are as said and some otherwise; else *open*."""
    said = [row for row in rows if row.outcome == AS_SAID]
    against = [row for row in rows if row.outcome == OTHERWISE]
    counts = (len(said), len(against), len(rows) - len(said) - len(against))
    if said and against:
        return ExpectationVerdict(CONDITIONAL, condition(said, against), *counts)
    if 2 * (len(said) + len(against)) < len(rows) or not rows:
        return ExpectationVerdict(OPEN, "", *counts)
    return ExpectationVerdict(HOLDS if said else REFUTED, "", *counts)


def condition(said: Sequence[Row], against: Sequence[Row]) -> str:
    """The first setting whose values tell the two kinds of row apart; else the same, prediction by prediction."""
    parts = list(dict.fromkeys(row.says for row in (*said, *against)))
    decided = _separating(said, against)
    if decided or len(parts) == 1:
        return decided or f"in {len(said)} of {len(said) + len(against)} rows, which no one setting tells apart"
    told = []
    for part in parts:
        here, there = ([row for row in rows if row.says == part] for rows in (said, against))
        if here and there:
            told.append(f"{part}: {_separating(here, there) or f'in {len(here)} of {len(here) + len(there)} rows'}")
        else:
            told.append(f"{part}: {'yes' if here else 'no'}")
    return "; ".join(told)


def _separating(said: Sequence[Row], against: Sequence[Row]) -> str:
    """`name is A (not B)` for the first setting of all rows whose values on the two sides are disjoint."""
    rows = [*said, *against]
    for name in dict.fromkeys(name for row in rows for name in row.settings):
        if all(name in row.settings for row in rows):
            here, there = ({show(row.settings[name]) for row in side} for side in (said, against))
            if not here & there:
                return f"{name_of(name)} is {_listed(here)} (not {_listed(there)})"
    return ""


def _listed(values: set[str]) -> str:
    return ", ".join(sorted(values))
