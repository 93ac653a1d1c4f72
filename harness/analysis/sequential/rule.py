"""The rule that ends a comparison: its first look with a verdict."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.analysis.sequential.plan import ERROR, LookPlan
from harness.analysis.statistics import DIFFERENT, EQUIVALENT, verdicts
from harness.analysis.statistics.student import t_above, t_quantile

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Ruling:
    """One entry for each comparison, at the look where it stands: the first with a verdict, else the last taken.

    `looks`: how many were taken, 0 where the first is not complete; then there is neither interval nor verdict.
    `level`: of the interval, in percent. `p`: corrected for all looks until then and all comparisons.
    """

    looks: npt.NDArray[np.int64]
    level: Floats
    low: Floats
    high: Floats
    p: Floats
    verdict: npt.NDArray[np.str_]

    @property
    def decided(self) -> npt.NDArray[np.bool_]:
        """Whether a comparison has its verdict."""
        return np.isin(self.verdict, (DIFFERENT, EQUIVALENT))


def rule(differences: Floats, ended: npt.NDArray[np.bool_], plan: LookPlan, margin: float) -> Ruling:
    """Judge comparisons by their paired differences [C, N], seeds in the plan's order, NaN where there is no pair.

    A look is taken once all of its seeds have `ended` [C, N] on both sides; a pair that failed is missing from it. At
    each look the paired t interval at the level of the plan gives the verdict. A p-value is that of the paired t-test
    times what makes it comparable to 5 %, the least over the looks taken.
    """
    errors = plan.errors
    total = len(differences)
    looks, taking = np.zeros(total, int), np.ones(total, bool)
    level, low, high, p = (np.full(total, np.nan) for _ in range(4))
    verdict = np.full(total, "", dtype=f"<U{max(map(len, (DIFFERENT, EQUIVALENT, 'undecided')))}")
    for number, (size, error) in enumerate(zip(plan.looks, errors, strict=True), start=1):
        taking = taking & ended[:, :size].all(axis=1)
        if not taking.any():
            break
        below, above, chance, n = _interval(differences[taking, :size], 1 - error)
        judged = verdicts(n, below, above, margin)
        looks[taking], level[taking], low[taking], high[taking] = number, 100 * (1 - error), below, above
        p[taking] = np.fmin(p[taking], np.minimum(1, chance * ERROR / error))
        verdict[taking] = judged
        taking[taking] = ~np.isin(judged, (DIFFERENT, EQUIVALENT))
    return Ruling(looks, level, low, high, p, verdict)


def _interval(differences: Floats, level: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Bounds of the paired t interval, two-sided p-value against zero, and number of pairs, row by row."""
    there = ~np.isnan(differences)
    n = there.sum(axis=1).astype(float)
    enough = n >= 2
    pairs = np.where(enough, n, np.nan)
    mean = np.where(there, differences, 0).sum(axis=1) / pairs
    squares = np.where(there, differences - mean[:, None], 0) ** 2
    error = np.sqrt(squares.sum(axis=1) / (pairs - 1) / pairs)
    half = t_quantile((1 + level) / 2, pairs - 1) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.where(error > 0, 2 * t_above(np.abs(mean) / error, pairs - 1), np.where(mean == 0, 1.0, 0.0))
    return mean - half, mean + half, np.where(enough, p, np.nan), n
