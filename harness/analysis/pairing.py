"""Differences of arms to the baseline, seed by seed.

Two runs make a pair when they stand in the same row of the map and have the same seed: they then share split,
data order and augmentation. A diverged run counts with the metric it recorded, or with chance level where it recorded
none; a failed run has no metric and makes no pair. Both are counted in the tables.
"""

from __future__ import annotations

import pandas as pd


def pair(left: pd.DataFrame, right: pd.DataFrame, on: list[str], columns: list[str]) -> pd.DataFrame:
    """Runs of `left` beside those of `right` that agree in `on` and in the seed.

    `difference` is left minus right in points of the study's metric on the test part; `columns` of both sides come
    along, those of the right with the suffix `_base`.
    """
    wanted = list(dict.fromkeys([*on, "seed", "run_id", "score", *columns]))
    paired = left[wanted].merge(right[wanted], on=[*on, "seed"], suffixes=("", "_base"))
    return paired.assign(difference=paired["score"] - paired["score_base"])


def against_baseline(table: pd.DataFrame, columns: list[str] | None = None) -> pd.DataFrame:
    """Every run of every other arm beside the baseline's run in the same row and with the same seed."""
    return pair(table[~table["baseline"]], table[table["baseline"]], ["row"], ["arm", *(columns or [])])
