"""Comparisons whose two sides ran on different machinery."""

from __future__ import annotations

import pandas as pd

MACHINERY = ("device", "threads", "precision", "executor", "versions")


def mixing(pairs: pd.DataFrame) -> dict[str, int]:
    """For each kind of machinery the number of pairs whose sides differ in it; only those that do."""
    found = {}
    for column in MACHINERY:
        left, right = pairs[column], pairs[f"{column}_base"]
        count = int((left.notna() & right.notna() & (left.astype(str) != right.astype(str))).sum())
        if count:
            found[column] = count
    return found
