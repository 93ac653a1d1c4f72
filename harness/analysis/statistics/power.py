"""What so many pairs can tell, and how many would tell more."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy

from harness.analysis.choices import CONFIDENCE, MIN_PAIRS
from harness.analysis.statistics.intervals import Floats, t_quantile

POWER = 0.8
"""Cohen's convention (1988, Statistical Power Analysis, section 2.4)."""

_STRONG = 40.0
"""A noncentrality that any number of pairs tells from zero; two pairs need 16."""

MOST_SEEDS = 1_000
"""Beyond so many seeds none is asked for."""


def _critical(n: Floats) -> Floats:
    return np.asarray(t_quantile((1 + CONFIDENCE) / 2, n - 1))


def _below(t: Floats, freedom: Floats, away: Floats) -> Floats:
    """The noncentral t's lower tail; SciPy has NaN where it is too small for a number."""
    return np.nan_to_num(scipy.stats.nct.cdf(t, freedom, away))


def power_to_differ(n: Floats, effect: Floats) -> Floats:
    """Chance that the 95 % paired t interval of n pairs excludes zero, `effect` in standard deviations of a difference.

    The noncentral t on n - 1 degrees of freedom, both sides (Cohen 1988, chapter 2).
    """
    away, critical = np.abs(effect) * np.sqrt(n), _critical(n)
    found: Floats = scipy.stats.nct.sf(critical, n - 1, away) + _below(-critical, n - 1, away)
    return found


def power_to_equal(n: Floats, effect: Floats, margin: Floats) -> Floats:
    """Chance that the 95 % paired t interval of n pairs lies within ± `margin`, both in standard deviations.

    Two noncentral t, whose joint distribution is bounded from below by one less than their sum (Phillips 1990, J.
    Pharmacokinet. Biopharm. 18, 137-144, gives it exactly; they agree where the power is high).
    """
    near, far = ((margin + sign * np.abs(effect)) * np.sqrt(n) for sign in (-1, 1))
    critical = _critical(n)
    found: Floats = np.maximum(0, scipy.stats.nct.sf(critical, n - 1, near) - _below(critical, n - 1, far))
    return found


def _detectable(n: float) -> float:
    size = np.array(n)
    return float(
        scipy.optimize.brentq(
            lambda effect: float(power_to_differ(size, np.array(effect))) - POWER, 0, _STRONG / n**0.5
        )
    )


def detectable(n: Floats, sd: Floats) -> Floats:
    """The smallest true difference that n pairs tell from zero with 80 % power, in the unit of `sd`; NaN below two."""
    sizes, which = np.unique(np.where(n >= 2, n, 2), return_inverse=True)
    found = np.array([_detectable(size) for size in sizes.tolist()])
    return np.where(n >= 2, found[which] * sd, np.nan)


def _least(power: Callable[[Floats], Floats], cells: int) -> Floats:
    """The smallest number of pairs, from eight to a thousand, whose power is 80 %; infinite where there is none."""
    low, high = np.full(cells, MIN_PAIRS - 1.0), np.full(cells, MOST_SEEDS + 1.0)
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        enough = (power(middle) >= POWER) & (middle > low)
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.where(high > MOST_SEEDS, np.inf, high)


def seeds_for_verdict(mean: Floats, sd: Floats, margin: float) -> Floats:
    """How many seeds give a verdict with 80 % power if the difference and the deviation seen are the true ones.

    The smaller of the numbers for `different` and, where the difference lies within the margin, for `equivalent`; eight
    at least, infinite beyond a thousand. A difference seen is no difference known: near zero the number is a guess.
    """
    found = np.full(mean.shape, np.nan)
    known = ~np.isnan(mean) & ~np.isnan(sd)
    found[known & (sd == 0)] = MIN_PAIRS
    varied = known & (sd > 0)
    effect, bound = mean[varied] / sd[varied], margin / sd[varied]
    found[varied] = np.minimum(
        _least(lambda n: power_to_differ(n, effect), effect.size),
        _least(lambda n: power_to_equal(n, effect, bound), effect.size),
    )
    return found
