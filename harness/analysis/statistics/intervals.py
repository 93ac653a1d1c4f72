"""Student's t and its interval, the exact interval of a fraction, and Fieller's interval of a ratio."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import scipy
from scipy import special

from harness.analysis.choices import CONFIDENCE

Numbers = float | npt.NDArray[np.float64]


def t_quantile(probability: float, freedom: Numbers) -> npt.NDArray[np.float64]:
    """Where the distribution function with so many degrees of freedom has this value."""
    return np.asarray(special.stdtrit(freedom, probability), dtype=np.float64)


def t_above(t: Numbers, freedom: Numbers) -> npt.NDArray[np.float64]:
    """The probability of a larger value."""
    return np.asarray(special.stdtr(freedom, np.negative(t)), dtype=np.float64)


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


def fraction_interval(hits: int, total: int) -> tuple[float, float]:
    """Clopper-Pearson's exact 95 % interval of a fraction (Clopper and Pearson 1934, Biometrika 26, 404-413)."""
    bounds = scipy.stats.binomtest(hits, total).proportion_ci(CONFIDENCE, method="exact")
    return float(bounds.low), float(bounds.high)


def ratio_interval(part: Floats, whole: Floats) -> tuple[float, float, float]:
    """Mean of `part` over mean of `whole`, and the bounds of its 95 % interval, all as fractions.

    Fieller's interval (Fieller 1954, J. R. Statist. Soc. B 16, 175-185), since numerator and denominator are both
    means over the same few seeds: it takes their covariance into account, is exact for normal values, and tells where
    a ratio means nothing. That is where the interval of `whole` holds zero: all three are NaN there, as they are below
    two seeds.
    """
    n = len(part)
    if n < 2:
        return math.nan, math.nan, math.nan
    a, b = float(np.mean(part)), float(np.mean(whole))
    (v11, v12), (_, v22) = np.cov(part, whole) / n
    t = float(t_quantile((1 + CONFIDENCE) / 2, n - 1))
    denominator = b * b - t * t * v22
    if denominator <= 0:
        return math.nan, math.nan, math.nan
    middle = a * b - t * t * v12
    spread = math.sqrt(max(0.0, middle * middle - (a * a - t * t * v11) * denominator))
    return a / b, (middle - spread) / denominator, (middle + spread) / denominator
