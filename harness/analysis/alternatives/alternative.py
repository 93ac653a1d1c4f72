"""One rival cause and its outcome, and the tests that several causes share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

Outcome = Literal["ruled out", "not ruled out", "shown", "not tested here"]


@dataclass(frozen=True)
class Alternative:
    """A cause that could make such a gap; `test` is how the records speak to it, `evidence` what they say."""

    cause: str
    test: str
    outcome: Outcome
    evidence: str


def agreement(pairs: pd.DataFrame, column: str) -> tuple[int, int]:
    """In how many pairs both sides have the same value of a column, and in how many both have one."""
    left, right = pairs[column], pairs[f"{column}_base"]
    known = left.notna() & right.notna()
    return int((left[known] == right[known]).sum()), int(known.sum())


def by_agreement(cause: str, test: str, pairs: pd.DataFrame, columns: dict[str, str]) -> Alternative:
    """Ruled out where every fact is equal on both sides of every pair. `columns` maps facts to their names."""
    found = {name: agreement(pairs, column) for column, name in columns.items()}
    told = {name: counts for name, counts in found.items() if counts[1]}
    if not told:
        return Alternative(cause, test, "not tested here", "no pair of runs recorded it")
    evidence = "; ".join(f"{name} equal in {equal} of {total} pairs" for name, (equal, total) in told.items())
    alike = all(equal == total for equal, total in told.values())
    return Alternative(cause, test, "ruled out" if alike else "not ruled out", evidence)
