"""Two one-sided tests: is a difference too small to matter?"""

from __future__ import annotations

import numpy as np

from harness.analysis.statistics.interval import Floats
from harness.analysis.statistics.student import t_above


def tost(n: Floats, mean: Floats, sd: Floats, margin: float) -> Floats:
    """p-value of the larger of two one-sided t-tests against a difference of - and + `margin` points.

    Schuirmann (1987, J. Pharmacokinet. Biopharm. 15, 657-680). The region of practical equivalence is ± `margin`; the
    95 % interval lies within it where the p-value is 0.025 or less. NaN below two pairs.
    """
    enough = n >= 2
    freedom = np.where(enough, n - 1, 1)
    error = sd / np.sqrt(np.where(enough, n, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        nearest = (margin - np.abs(mean)) / error  # the other test has the smaller p-value
    p = np.where(error > 0, t_above(nearest, freedom), np.where(np.abs(mean) < margin, 0.0, 1.0))
    return np.where(enough, p, np.nan)
