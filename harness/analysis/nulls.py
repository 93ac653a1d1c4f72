"""Null pairs, in which nothing differs but the random numbers of head and dropout, and the noise floor they give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from harness.analysis.axes import Axes, ordered
from harness.analysis.pairing import by_seed, pair
from harness.analysis.statistics import CONFIDENCE, fraction_interval, summarise
from harness.analysis.statistics.intervals import t_quantile

CHANCE = 1 - CONFIDENCE


@dataclass(frozen=True)
class Nulls:
    """`table`: one row for each null pair. `excluding` of `judged` intervals exclude zero.

    `low` and `high` bound that fraction (Clopper-Pearson); `floor` is the standard deviation of all null
    differences over seeds, in points.
    """

    table: pd.DataFrame
    judged: int = 0
    excluding: int = 0
    low: float = float("nan")
    high: float = float("nan")
    floor: float = float("nan")

    @property
    def as_chance(self) -> bool:
        """Whether the fraction of intervals that exclude zero is compatible with chance (5 %)."""
        return self.judged > 0 and self.low <= CHANCE


def nulls(table: pd.DataFrame, axes: Axes, margin: float) -> Nulls:
    """Each arm with a replicate above 0 against itself with replicate 0, in the same row, paired by seed."""
    pairs = pair(table[table["replicate"] > 0], table[table["replicate"] == 0], ["row", "family"], ["replicate"])
    keys = ["row", "family", "replicate"]
    pairs = by_seed(pairs, keys)
    result = summarise(pairs, keys, "difference", margin)
    judged = result["low"].notna()
    holds = (result["low"] <= 0) & (result["high"] >= 0)
    result = result.rename(columns={"mean": "diff_mean", "sd": "diff_sd", "low": "diff_low", "high": "diff_high"})
    result["holds_zero"] = holds.astype(object).where(judged, None)
    settings = list(dict.fromkeys([*axes.row, *(column for column in axes.arm if column != "replicate")]))
    known = table.drop_duplicates(["row", "family"])[["row", "family", "row_label", *settings]]
    result = known.merge(result, on=["row", "family"])
    result = ordered(result, settings).reset_index(drop=True)
    total, excluding = int(judged.sum()), int((judged & ~holds).sum())
    low, high = fraction_interval(excluding, total) if total else (float("nan"), float("nan"))
    floor = float(pairs["difference"].std()) if len(pairs) > 1 else float("nan")
    return Nulls(result, total, excluding, low, high, floor if np.isfinite(floor) else float("nan"))


def null_pairs(found: Nulls) -> pd.DataFrame:
    """The table as it is written, without internal columns."""
    return found.table.drop(columns=["row", "family", "row_label", "p", "verdict"])


COLUMN = "noise_floor"


def with_noise_floor(cells: pd.DataFrame, nulls: pd.DataFrame, axes: Axes) -> pd.DataFrame:
    """The cells with `noise_floor`: half the width, in points, of a null comparison's 95 % interval.

    It is that of as many pairs as the cell has, from the standard deviation of the null differences of the same place,
    all its null pairs together; missing where none was run. Without any null pair the table stays as it is.
    """
    if nulls.empty:
        return cells
    place = list(axes.place)
    squares = nulls.merge(cells.drop_duplicates("row")[["row", *place]], on="row", suffixes=("_own", ""))
    pooled = squares.assign(square=squares["diff_sd"] ** 2).groupby(place, sort=False)["square"].mean()
    sd = np.sqrt(cells[place].merge(pooled.reset_index(), on=place, how="left")["square"].to_numpy(float))
    pairs = cells["pairs"].where(cells["pairs"] >= 2).to_numpy(float)
    floor = t_quantile((1 + CONFIDENCE) / 2, pairs - 1) * sd / np.sqrt(pairs)
    return cells.assign(**{COLUMN: floor})
