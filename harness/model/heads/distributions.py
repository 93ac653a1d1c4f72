"""Recognises the distribution that a tensor's values were drawn from, by the values alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import optimize, special, stats

Values = npt.NDArray[np.float64]

FEWEST = 32
"""With fewer values the distributions cannot be told apart."""

MOST = 20_000
"""Values that take part in the choice and in a truncated distribution's scale; other scales are taken over all."""

DOUBT = 8.0
"""Lead that a truncated normal needs over a normal: by luck, a sample of few has no value far out."""

SIGNIFICANCE = 1e-4
"""A distribution is named only where a Kolmogorov-Smirnov test does not reject it at this level."""


Fit = tuple["Distribution", float, Any]
"""A distribution, its criterion (less is better), its distribution function."""


@dataclass(frozen=True)
class Distribution:
    """A distribution by name with its scale.

    `scale` is the half width of a uniform distribution, sigma of a normal one (before truncation), the value of a
    constant; `cut` the point of truncation in sigmas. The distributions are symmetric about zero.
    """

    name: str
    scale: float | None = None
    cut: float | None = None


def recognise(values: Values) -> Distribution:
    """The distribution with the best Bayesian information criterion among uniform, normal and truncated normal.

    `other` where the best one is rejected by the Kolmogorov-Smirnov test, `few` below 32 values, and `zeros` or
    `constant` where all values are the same.
    """
    flat = np.asarray(values, dtype=np.float64).ravel()
    if flat.size and (flat == flat[0]).all():
        return Distribution("constant", float(flat[0])) if flat[0] else Distribution("zeros", 0.0)
    if not np.isfinite(flat).all():
        return Distribution("not finite")
    if flat.size < FEWEST:
        return Distribution("few")
    sample = flat[:: math.ceil(flat.size / MOST)]
    best, _, cdf = min((_uniform(sample), _normal(sample), _truncated(sample)), key=lambda fit: fit[1])
    if stats.kstest(sample, cdf).pvalue <= SIGNIFICANCE:
        return Distribution("other", float(flat.std()))
    if best.name == "truncated normal":
        return best
    return Distribution(best.name, _half_width(flat) if best.name == "uniform" else _sigma(flat))


def _half_width(values: Values) -> float:
    """Unbiased: the largest of N values falls short of the bound by one part in N + 1."""
    return float(np.abs(values).max()) * (values.size + 1) / values.size


def _sigma(values: Values) -> float:
    return math.sqrt(float(np.mean(values**2)))


def _uniform(sample: Values) -> Fit:
    width = _half_width(sample)
    cost = 2 * sample.size * math.log(2 * float(np.abs(sample).max())) + math.log(sample.size)
    return Distribution("uniform", width), cost, stats.uniform(-width, 2 * width).cdf


def _normal(sample: Values) -> Fit:
    sigma = _sigma(sample)
    cost = 2 * _negative_log_likelihood(sample, sigma) + math.log(sample.size)
    return Distribution("normal", sigma), cost, stats.norm(0, sigma).cdf


def _truncated(sample: Values) -> Fit:
    """Maximum likelihood: the cut lies at the largest value, and sigma follows by a search in one dimension."""
    largest, size = float(np.abs(sample).max()), sample.size

    def cost_of(log_sigma: float) -> float:
        sigma = math.exp(log_sigma)
        inside = special.ndtr(largest / sigma) - special.ndtr(-largest / sigma)
        return 2 * (_negative_log_likelihood(sample, sigma) + size * math.log(inside)) + 2 * math.log(size) + DOUBT

    spread = math.log(_sigma(sample))
    best = optimize.minimize_scalar(cost_of, bounds=(spread - 0.1, spread + 4), method="bounded")
    sigma = math.exp(float(best.x))
    cut = largest / sigma
    return Distribution("truncated normal", sigma, cut), float(best.fun), stats.truncnorm(-cut, cut, scale=sigma).cdf


def _negative_log_likelihood(sample: Values, sigma: float) -> float:
    square = float(np.mean(sample**2))
    return sample.size * (math.log(sigma * math.sqrt(2 * math.pi)) + square / (2 * sigma**2))
