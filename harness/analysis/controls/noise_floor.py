"""The noise floor beside every difference: how far a null comparison of as many pairs may be from zero."""

from __future__ import annotations

import numpy as np
import pandas as pd

from harness.analysis.axes import Axes
from harness.analysis.statistics import CONFIDENCE
from harness.analysis.statistics.student import t_quantile

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
