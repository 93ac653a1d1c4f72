"""Mean, interval and verdict of each group of a table."""

from __future__ import annotations

import pandas as pd

from harness.analysis.statistics.interval import t_interval
from harness.analysis.statistics.verdict import verdicts


def summarise(values: pd.DataFrame, by: list[str], column: str, margin: float) -> pd.DataFrame:
    """For each group: `n`, `mean`, `sd`, `low`, `high`, `p` and `verdict` of a column, without missing values."""
    grouped = values.groupby(by, dropna=False, sort=False)[column]
    result = pd.DataFrame({"n": grouped.count(), "mean": grouped.mean(), "sd": grouped.std()}).reset_index()
    n, mean, sd = (result[name].to_numpy(float) for name in ("n", "mean", "sd"))
    low, high, p = t_interval(n, mean, sd)
    return result.assign(low=low, high=high, p=p, verdict=verdicts(n, low, high, margin).astype(object))
