"""The correction for many comparisons, and the three verdicts on a difference."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy

from harness.analysis.choices import MIN_PAIRS, Correction
from harness.analysis.statistics.intervals import Floats, t_interval

FAMILYWISE = 0.05
"""Differences with a corrected p-value below it are robust; under `fdr` it is the tolerated fraction of false ones."""

TITLES: dict[Correction, str] = {"holm": "Holm's correction", "fdr": "Benjamini and Hochberg's correction"}


def column(correction: Correction) -> str:
    """The name that the corrected p-value has in tables."""
    return f"p_{correction}"


def holm(p: Floats) -> Floats:
    """p-values corrected by the step-down method of Holm (1979, Scand. J. Statist. 6, 65-70); NaN stays NaN.

    It bounds the chance of one or more false findings in the whole family, however its members depend on one
    another.
    """
    corrected = np.full(p.shape, np.nan)
    known = np.flatnonzero(~np.isnan(p))
    if known.size:
        order = known[np.argsort(p[known], kind="stable")]
        steps = np.maximum.accumulate(p[order] * np.arange(order.size, 0, -1))
        corrected[order] = np.minimum(steps, 1.0)
    return corrected


def benjamini_hochberg(p: Floats) -> Floats:
    """p-values corrected after Benjamini and Hochberg (1995, J. R. Statist. Soc. B 57, 289-300); NaN stays NaN.

    It bounds the expected fraction of false findings among all findings, where the members are independent or depend
    positively on one another (Benjamini and Yekutieli 2001), as comparisons with one baseline do.
    """
    corrected = np.full(p.shape, np.nan)
    known = ~np.isnan(p)
    if known.any():
        corrected[known] = scipy.stats.false_discovery_control(p[known])
    return corrected


def corrected(p: Floats, correction: Correction) -> Floats:
    """p-values of a family, corrected by the study's method."""
    return holm(p) if correction == "holm" else benjamini_hochberg(p)


DIFFERENT = "different"
EQUIVALENT = "equivalent"
UNDECIDED = "undecided"


def verdicts(
    n: Floats, low: Floats, high: Floats, margin: float, corrected: Floats | None = None
) -> npt.NDArray[np.str_]:
    """`different`, `equivalent`, `undecided`, or the empty string below eight pairs.

    `different` where the interval excludes zero, be the difference ever so small, and its p-value stays below 0.05
    when it is `corrected` for the comparisons that it is one of (None or NaN: for none); else `equivalent` where the
    interval lies within ± `margin` points (the interval form of two one-sided tests, Schuirmann 1987, J.
    Pharmacokinet. Biopharm. 15, 657-680, here at 2.5 % a side); else `undecided`.

    Args:
        n: Pairs of each comparison.
        low: Lower bound of its interval, points.
        high: Upper bound.
        margin: Of practical equivalence, points.
        corrected: p-values after the correction of their family.
    """
    survives = np.ones(np.shape(low), dtype=bool) if corrected is None else ~(corrected >= FAMILYWISE)
    return np.select(
        [n < MIN_PAIRS, np.isnan(low), ((low > 0) | (high < 0)) & survives, (low >= -margin) & (high <= margin)],
        ["", "", DIFFERENT, EQUIVALENT],
        UNDECIDED,
    )


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
    return table.assign(**{column(correction): p, "verdict_alone": alone, "verdict": verdict})


def summarise(values: pd.DataFrame, by: list[str], column: str, margin: float) -> pd.DataFrame:
    """For each group: `n`, `mean`, `sd`, `low`, `high`, `p` and `verdict` of a column, without missing values."""
    grouped = values.groupby(by, dropna=False, sort=False)[column]
    result = pd.DataFrame({"n": grouped.count(), "mean": grouped.mean(), "sd": grouped.std()}).reset_index()
    n, mean, sd = (result[name].to_numpy(float) for name in ("n", "mean", "sd"))
    low, high, p = t_interval(n, mean, sd)
    return result.assign(low=low, high=high, p=p, verdict=verdicts(n, low, high, margin).astype(object))
