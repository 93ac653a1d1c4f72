"""How well a perfect prediction could do, given that gaps are measured with a few seeds."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy.special import gamma
from scipy.stats import spearmanr, t

GRID, ROUNDS, DRAWS = 401, 50, 200
LEAST_ERROR = 0.1
"""Points. A few seeds that agree by chance to the last image do not measure a gap without error."""

Floats = npt.NDArray[np.float64]


def ceiling(differences: Floats) -> dict[str, float]:
    """What the true gaps would score against the measured ones; `differences` [settings, seeds] are paired, in points.

    `split_half` is Spearman's correlation of the gaps by one half of the seeds with those by the other, the mean over
    all divisions. `spearman_by_halves` steps it up to all seeds (Spearman 1910, Brown 1910) and takes the root, as a
    measurement correlates with the truth by the root of its reliability; for ranks that is too high by up to 0.08
    where many gaps are near zero. `spearman_by_posterior` is that of true gaps drawn from their posteriors: errors by
    Student's t, the prior estimated from all settings by some rounds of expectation maximisation from a flat start
    (Laird and Louis 1991); too low by about 0.05. So the two enclose the ceiling (both by simulation). `mae` is the
    mean absolute error that normal noise of the measured size leaves.
    """
    gaps, seeds = differences.mean(axis=1), differences.shape[1]
    half = _between_halves(differences)
    errors = differences.std(axis=1, ddof=1) / seeds**0.5
    drawn = _truths(gaps, errors, seeds - 1)
    return {
        "split_half": half,
        "spearman_by_halves": (2 * half / (1 + half)) ** 0.5,
        "spearman_by_posterior": float(np.mean([spearmanr(truth, gaps).statistic for truth in drawn])),
        "mae": float(errors.mean() * _absolute_over_sample_deviation(seeds)),
    }


def _absolute_over_sample_deviation(count: int) -> float:
    """Mean absolute value of a normal variable over the mean deviation of samples of so many."""
    return float(np.sqrt((count - 1) / np.pi) * gamma((count - 1) / 2) / gamma(count / 2))


def _between_halves(differences: Floats) -> float:
    seeds = range(differences.shape[1])
    halves = [
        (list(half), [seed for seed in seeds if seed not in half]) for half in combinations(seeds, len(seeds) // 2)
    ]
    means = ((differences[:, half].mean(axis=1), differences[:, rest].mean(axis=1)) for half, rest in halves)
    return float(np.mean([spearmanr(one, other).statistic for one, other in means]))


def _truths(gaps: Floats, errors: Floats, freedom: int) -> Floats:
    """True gaps [draws, settings] from the posterior of each setting."""
    grid = np.linspace(gaps.min(), gaps.max(), GRID)
    errors = np.maximum(errors, LEAST_ERROR)[:, None]
    likelihood = t.pdf((gaps[:, None] - grid) / errors, freedom) / errors
    prior = np.full(GRID, 1 / GRID)
    for _ in range(ROUNDS):
        posterior = likelihood * prior
        posterior /= posterior.sum(axis=1, keepdims=True)
        prior = posterior.mean(axis=0)
    random = np.random.default_rng(0)
    return np.stack([random.choice(grid, DRAWS, p=one) for one in posterior], axis=1)
