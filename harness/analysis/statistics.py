"""Paired t intervals, verdicts, and the correction for many comparisons."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

CONFIDENCE = 0.95
MIN_PAIRS = 8
"""Below so many pairs an interval is shown, but no verdict is given."""

DIFFERENT = "different"
EQUIVALENT = "equivalent"
UNDECIDED = "undecided"

Floats = npt.NDArray[np.float64]


def t_interval(n: Floats, mean: Floats, sd: Floats) -> tuple[Floats, Floats, Floats]:
    """Lower and upper bound of the 95 % interval of a mean, and the two-sided p-value against zero.

    Student's t on n - 1 degrees of freedom (Student 1908, Biometrika 6, 1-25); on paired differences this is
    the paired t-test. NaN below two values. Values that are all equal give an interval of no width, whose
    p-value is 1 at zero and 0 elsewhere.
    """
    enough = n >= 2
    freedom = np.where(enough, n - 1, 1)
    error = sd / np.sqrt(np.where(enough, n, 1))
    half = stats.t.ppf((1 + CONFIDENCE) / 2, freedom) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(mean) / error
    p = np.where(error > 0, 2 * stats.t.sf(t, freedom), np.where(mean == 0, 1.0, 0.0))
    nothing = np.nan
    return (
        np.where(enough, mean - half, nothing),
        np.where(enough, mean + half, nothing),
        np.where(enough, p, nothing),
    )


def verdicts(n: Floats, low: Floats, high: Floats, margin: float) -> npt.NDArray[np.str_]:
    """`different`, `equivalent`, `undecided`, or the empty string below eight pairs.

    `different` where the interval excludes zero, be the difference ever so small; else `equivalent` where the
    interval lies within ± `margin` points (the interval form of two one-sided tests, Schuirmann 1987, J.
    Pharmacokinet. Biopharm. 15, 657-680, here at 2.5 % a side); else `undecided`.
    """
    return np.select(
        [n < MIN_PAIRS, np.isnan(low), (low > 0) | (high < 0), (low >= -margin) & (high <= margin)],
        ["", "", DIFFERENT, EQUIVALENT],
        UNDECIDED,
    )


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


def summarise(values: pd.DataFrame, by: list[str], column: str, margin: float) -> pd.DataFrame:
    """For each group: `n`, `mean`, `sd`, `low`, `high`, `p` and `verdict` of a column, without missing values."""
    grouped = values.groupby(by, dropna=False, sort=False)[column]
    result = pd.DataFrame({"n": grouped.count(), "mean": grouped.mean(), "sd": grouped.std()}).reset_index()
    n, mean, sd = (result[name].to_numpy(float) for name in ("n", "mean", "sd"))
    low, high, p = t_interval(n, mean, sd)
    return result.assign(low=low, high=high, p=p, verdict=verdicts(n, low, high, margin).astype(object))


def share_interval(hits: int, total: int) -> tuple[float, float]:
    """Clopper-Pearson's exact 95 % interval of a share (Clopper and Pearson 1934, Biometrika 26, 404-413)."""
    bounds = stats.binomtest(hits, total).proportion_ci(CONFIDENCE, method="exact")
    return float(bounds.low), float(bounds.high)
