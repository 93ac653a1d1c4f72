"""From the rows of a claim to its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.analysis.arms import name_of, show
from harness.analysis.expectations.judge import AS_SAID, OTHERWISE

HOLDS, REFUTED, CONDITIONAL, OPEN = "holds", "refuted", "holds only when", "open"


@dataclass(frozen=True)
class Row:
    """A decided or undecided row: what was said of it, its settings, its outcome."""

    says: str
    settings: dict[str, Any]
    outcome: str


@dataclass(frozen=True)
class Verdict:
    """`word` is one of the four; `when` is the condition of the third, or how the rows are divided."""

    word: str
    when: str
    as_said: int
    otherwise: int
    undecided: int


def verdict(rows: Sequence[Row]) -> Verdict:
    """*holds* where every decided row is as said and at least half are decided, *refuted* where every decided row is
    otherwise and at least half are; *holds only when* where some are as said and some otherwise; else *open*."""
    said = [row for row in rows if row.outcome == AS_SAID]
    against = [row for row in rows if row.outcome == OTHERWISE]
    counts = (len(said), len(against), len(rows) - len(said) - len(against))
    if said and against:
        return Verdict(CONDITIONAL, condition(said, against), *counts)
    if 2 * (len(said) + len(against)) < len(rows) or not rows:
        return Verdict(OPEN, "", *counts)
    return Verdict(HOLDS if said else REFUTED, "", *counts)


def condition(said: Sequence[Row], against: Sequence[Row]) -> str:
    """The first setting, or prediction, whose values tell the two kinds of row apart; else how many are of each."""
    names = dict.fromkeys(name for row in (*said, *against) for name in row.settings)
    for name in names:
        here = {show(row.settings[name]) for row in said if name in row.settings}
        there = {show(row.settings[name]) for row in against if name in row.settings}
        if here and there and not here & there and all(name in row.settings for row in (*said, *against)):
            return f"{name_of(name)} is {_listed(here)} (not {_listed(there)})"
    parts = {row.says for row in said}, {row.says for row in against}
    if not parts[0] & parts[1]:
        return f"it is read as: {_listed(parts[0])}; not as: {_listed(parts[1])}"
    return f"no one setting decides: as said in {len(said)} rows, otherwise in {len(against)}"


def _listed(values: set[str]) -> str:
    return ", ".join(sorted(values))
