"""Where a mean difference's uncertainty comes from: variance components of a crossed table."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from harness.analysis.choices import CONFIDENCE
from harness.analysis.statistics.intervals import Floats, t_quantile

Factors = tuple[int, ...]


@dataclass(frozen=True)
class Components:
    """`mean` with the bounds of its 95 % interval over all factors; `sd`: each factor's standard deviation by its axis.

    `rest` is the standard deviation of all interactions together, what chance leaves of one entry included.
    """

    mean: float
    low: float
    high: float
    sd: dict[int, float]
    rest: float


def components(table: Floats) -> Components:
    """Crossed random effects of a balanced table with one entry for each combination of its factors' levels.

    Mean squares are set equal to their expectations (Henderson's method I on balanced data; Brennan 2001,
    Generalizability Theory, chapters 3 and 5); a component that comes out negative counts as zero. The variance of the
    mean is the sum of all components, each divided by how many of its effects the mean averages, so that no entry
    counts as independent of one that shares its seed, split or image (Owen 2007, Ann. Appl. Statist. 1, 386-411). The
    bounds add the halves of Student's intervals of all components in quadrature, each on its own degrees of freedom
    (Howe 1974, J. Am. Statist. Ass. 69, 789-794), so that many images cannot make up for few splits; they are
    never closer than those over one factor with all others as they are.

    Raises:
        ValueError: a factor has one level alone, or an entry is missing.
    """
    if min(table.shape) < 2 or np.isnan(table).any():
        raise ValueError(f"a crossed table needs two levels of each factor and every entry, got {table.shape}")
    every = [factors for size in range(1, table.ndim + 1) for factors in combinations(range(table.ndim), size)]
    squares = _mean_squares(table, every)
    variances = {factors: max(0.0, _component(table, squares, factors)) for factors in every}
    effects = {factors: float(np.prod([table.shape[axis] for axis in factors])) for factors in every}
    freedoms = np.array([_freedom(table, factors) for factors in every])
    quantiles: Floats = np.asarray(t_quantile((1 + CONFIDENCE) / 2, freedoms))
    of_mean = np.array([variances[factors] / effects[factors] for factors in every])
    main = slice(table.ndim)
    by_itself = np.array([squares[factors] / table.size for factors in every[main]])
    half = max(float(np.sqrt(quantiles**2 @ of_mean)), float((quantiles[main] * np.sqrt(by_itself)).max()))
    mean = float(table.mean())
    alone = {factors[0]: variances[factors] ** 0.5 for factors in every if len(factors) == 1}
    rest = sum(variances[factors] for factors in every if len(factors) > 1) ** 0.5
    return Components(mean, mean - half, mean + half, alone, rest)


def _freedom(table: Floats, factors: Factors) -> int:
    return int(np.prod([table.shape[axis] - 1 for axis in factors]))


def _mean_squares(table: Floats, every: list[Factors]) -> dict[Factors, float]:
    """Sum of squares of each effect by its degrees of freedom; in `every` main effects precede interactions."""
    effects: dict[Factors, Floats] = {(): np.asarray(table.mean())}
    squares: dict[Factors, float] = {}
    for factors in every:
        others = tuple(axis for axis in range(table.ndim) if axis not in factors)
        means = table.mean(axis=others, keepdims=True)
        within = [part for size in range(len(factors)) for part in combinations(factors, size)]
        effects[factors] = means - sum(effects[part] for part in within)
        repeated = table.size / means.size
        squares[factors] = float(repeated * (effects[factors] ** 2).sum() / _freedom(table, factors))
    return squares


def _component(table: Floats, squares: dict[Factors, float], factors: Factors) -> float:
    """The variance of one effect: mean squares of all effects that hold it, with alternating signs."""
    outside = np.prod([table.shape[axis] for axis in range(table.ndim) if axis not in factors])
    signed = sum(
        (-1) ** (len(other) - len(factors)) * square for other, square in squares.items() if set(factors) <= set(other)
    )
    return float(signed / outside)
