"""Which arms are the same run, number by number: the sharpest test of what does not matter."""

from __future__ import annotations

from itertools import combinations

import pandas as pd

from harness.analysis.pairing import UNIT


def equalities(table: pd.DataFrame) -> pd.DataFrame:
    """For each backbone and each two arms of one replicate: in how many of their pairs all numbers are equal.

    Equal means every point of the learning curve, losses and gradient norms included, and every final metric,
    to the seven digits that a record keeps. Columns `backbone`, `left`, `right` (arms), `equal`, `total`.
    """
    known = table.dropna(subset=["trajectory"])
    replicates = known.drop_duplicates("arm").set_index("arm")["replicate"].to_dict()
    found = []
    for backbone, group in known.groupby("backbone", sort=False):
        wide = group.pivot_table(index=["row", *UNIT], columns="arm", values="trajectory", aggfunc="first")
        for left, right in combinations(wide.columns, 2):
            if replicates[left] != replicates[right]:
                continue
            both = wide[left].notna() & wide[right].notna()
            if both.any():
                equal = int((wide.loc[both, left] == wide.loc[both, right]).sum())
                found.append((backbone, left, right, equal, int(both.sum())))
    return pd.DataFrame(found, columns=["backbone", "left", "right", "equal", "total"])


def published(found: pd.DataFrame, labels: dict[int, str]) -> pd.DataFrame:
    """The table with labels in place of the arms' numbers."""
    return found.assign(left=found["left"].map(labels), right=found["right"].map(labels))
