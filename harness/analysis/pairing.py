"""Differences to the baseline, seed by seed.

Two runs make a pair when they stand in the same row of the map and have the same seed, and the same split where splits
are crossed with seeds: they then share split, data order and augmentation. A diverged run counts with the metric it
recorded, or with chance level where it recorded none; a failed run has no metric and makes no pair. Both are counted in
the tables.
"""

from __future__ import annotations

import pandas as pd

UNIT = ["seed", "split"]
"""What tells the runs of one cell apart."""


def pair(left: pd.DataFrame, right: pd.DataFrame, on: list[str], columns: list[str]) -> pd.DataFrame:
    """Runs of `left` beside those of `right` that agree in `on`, in the seed and in the split.

    `difference` is left minus right in points of the study's metric on the test part; `columns` of both sides come
    along, those of the right with the suffix `_base`.
    """
    wanted = list(dict.fromkeys([*on, *UNIT, "run_id", "score", *columns]))
    paired = left[wanted].merge(right[wanted], on=[*on, *UNIT], suffixes=("", "_base"))
    return paired.assign(difference=paired["score"] - paired["score_base"])


def against_baseline(table: pd.DataFrame, columns: list[str] | None = None) -> pd.DataFrame:
    """Every run of every other arm beside the baseline's run in the same row, with the same seed and split."""
    return pair(table[~table["baseline"]], table[table["baseline"]], ["row"], ["arm", *(columns or [])])


def by_seed(pairs: pd.DataFrame, on: list[str], unit: str = "seed") -> pd.DataFrame:
    """Pairs with the numbers of one seed averaged over its splits, in each group of `on`; as they are where it has one.

    Where seeds are crossed with splits, pairs that share either are not independent, and to count them all would make
    the interval too narrow (Owen 2007, Ann. Appl. Statist. 1, 386-411). Seeds stay what is counted, as in every other
    study: there are more of them than of splits, and eight give a verdict. The interval then tells what other seeds
    would give on these splits; what other splits would give, `unit="split"` tells, and `uncertainty.csv`.
    """
    keys = [*on, unit]
    if not pairs.duplicated(keys).any():
        return pairs
    return pairs.groupby(keys, dropna=False, sort=False).mean(numeric_only=True).reset_index()


def lost(table: pd.DataFrame) -> pd.Series[int]:
    """For each row and arm the pairs that it lacks: seeds (and splits) that it or the baseline has, in whatever state,
    without a score on both sides, since a run failed or was never made."""
    keys = ["row", "arm"]
    own = table.loc[~table["baseline"], [*keys, *UNIT]]
    base = table.loc[table["baseline"], ["row", *UNIT]]
    asked = pd.concat([own, own[keys].drop_duplicates().merge(base, on="row")]).drop_duplicates()
    made = against_baseline(table).groupby(keys)["difference"].count()
    planned = asked.groupby(keys).size()
    return (planned - made.reindex(planned.index, fill_value=0)).astype(int)


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
