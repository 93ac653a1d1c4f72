"""Student's interval of a mean, and the exact interval of a share."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy

from harness.analysis.choices import CONFIDENCE
from harness.analysis.statistics.student import t_above, t_quantile

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
    half = t_quantile((1 + CONFIDENCE) / 2, freedom) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(mean) / error
    p = np.where(error > 0, 2 * t_above(t, freedom), np.where(mean == 0, 1.0, 0.0))
    nothing = np.nan
    return (
        np.where(enough, mean - half, nothing),
        np.where(enough, mean + half, nothing),
        np.where(enough, p, nothing),
    )


def share_interval(hits: int, total: int) -> tuple[float, float]:
    """Clopper-Pearson's exact 95 % interval of a share (Clopper and Pearson 1934, Biometrika 26, 404-413)."""
    bounds = scipy.stats.binomtest(hits, total).proportion_ci(CONFIDENCE, method="exact")
    return float(bounds.low), float(bounds.high)
