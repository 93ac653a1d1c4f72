"""How large a difference is, and whether it is too small to matter."""

from __future__ import annotations

import numpy as np
from scipy import special

from harness.analysis.choices import CONFIDENCE
from harness.analysis.statistics.intervals import Floats, t_above


def hedges_g(n: Floats, mean: Floats, sd: Floats) -> Floats:
    """Mean of paired differences in their standard deviations, corrected for few pairs.

    Cohen's d_z times the exact factor of Hedges (1981, J. Educ. Statist. 6, 107-128, eq. 6e) on n - 1 degrees of
    freedom; on paired differences after Gibbons, Hedeker and Davis (1993, J. Educ. Statist. 18, 271-279). NaN below
    three pairs, where the factor has no value, and where all differences are equal, which have no scale of their own.
    """
    usable = (n >= 3) & (sd > 0)
    freedom = np.where(n >= 3, n - 1, 2)
    factor = np.exp(special.gammaln(freedom / 2) - special.gammaln((freedom - 1) / 2)) / np.sqrt(freedom / 2)
    return np.where(usable, mean / np.where(usable, sd, 1) * factor, np.nan)


def superiority(samples: Floats) -> tuple[Floats, Floats, Floats]:
    """Fraction of each row's differences above zero, ties half, and the bounds of its 95 % interval, [samples, values].

    The probability of superiority (Grissom 1994, J. Appl. Psychol. 79, 314-316), paired: the chance that the method
    beats the baseline at a seed. The interval is Wilson's (1927, J. Am. Statist. Ass. 22, 209-212), which takes halves
    and keeps its coverage at few values (Brown, Cai and DasGupta 2001, Statist. Sci. 16, 101-133).
    """
    n = samples.shape[-1]
    fraction = ((samples > 0) + 0.5 * (samples == 0)).mean(axis=-1)
    z = special.ndtri((1 + CONFIDENCE) / 2)
    centre = (fraction + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(fraction * (1 - fraction) / n + z**2 / (4 * n**2))
    return fraction, centre - half, centre + half


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
