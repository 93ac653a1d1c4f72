"""Mean, interval and verdict of each group of a table."""

from __future__ import annotations

import pandas as pd

from harness.analysis.choices import Correction
from harness.analysis.statistics.correction import column as corrected_column
from harness.analysis.statistics.correction import corrected
from harness.analysis.statistics.interval import t_interval
from harness.analysis.statistics.verdict import verdicts


def judge(
    table: pd.DataFrame,
    margin: float,
    correction: Correction,
    members: pd.Series[bool] | None = None,
    columns: tuple[str, str, str] = ("n", "low", "high"),
) -> pd.DataFrame:
    """The verdict of each row as one of a family: the criterion of all tables, figures, counts and sentences.

    Adds the corrected p-value (`p_holm`, `p_fdr`) and `verdict_alone`, what the interval by itself would say.

    Args:
        table: With `p` and `columns`; a row for each comparison.
        margin: Of practical equivalence, points.
        correction: The study's method.
        members: Of the family; the verdict of other rows is that of the interval by itself. None: all.
        columns: The names of pairs, lower and upper bound.
    """
    raw = table["p"] if members is None else table["p"].where(members)
    p = corrected(raw.to_numpy(float), correction)
    n, low, high = (table[name].to_numpy(float) for name in columns)
    alone = verdicts(n, low, high, margin).astype(object)
    verdict = verdicts(n, low, high, margin, p).astype(object)
    return table.assign(**{corrected_column(correction): p, "verdict_alone": alone, "verdict": verdict})


def summarise(values: pd.DataFrame, by: list[str], column: str, margin: float) -> pd.DataFrame:
    """For each group: `n`, `mean`, `sd`, `low`, `high`, `p` and `verdict` of a column, without missing values."""
    grouped = values.groupby(by, dropna=False, sort=False)[column]
    result = pd.DataFrame({"n": grouped.count(), "mean": grouped.mean(), "sd": grouped.std()}).reset_index()
    n, mean, sd = (result[name].to_numpy(float) for name in ("n", "mean", "sd"))
    low, high, p = t_interval(n, mean, sd)
    return result.assign(low=low, high=high, p=p, verdict=verdicts(n, low, high, margin).astype(object))
