"""What intervals, tests and corrections promise, tried on made differences whose law is known.

Shares of simulations are held to three and a half binomial standard errors, which a true share leaves once in 2,000
times; every simulation has a seed of its own.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from harness.analysis.statistics import Floats, t_interval, verdicts
from harness.analysis.statistics.components import components
from harness.analysis.statistics.effects import hedges_g, superiority, tost
from harness.analysis.statistics.power import (
    MOST_SEEDS,
    POWER,
    detectable,
    power_to_differ,
    power_to_equal,
    seeds_for_verdict,
)
from harness.analysis.statistics.resamples import bca, sign_flip
from harness.analysis.statistics.verdict import benjamini_hochberg, holm

PAIRS = 12
CELLS = 4_000


def tolerance(share: float, number: int) -> float:
    """Three and a half standard errors of a share."""
    return 3.5 * (share * (1 - share) / number) ** 0.5


def normal(seed: int, mean: float = 0.0, sd: float = 1.0, n: int = PAIRS, cells: int = CELLS) -> Floats:
    """Made differences, [cells, n]."""
    return np.random.default_rng(seed).normal(mean, sd, (cells, n))


def moments(samples: Floats) -> tuple[Floats, Floats, Floats]:
    """Number, mean and standard deviation of each row."""
    n = np.full(len(samples), float(samples.shape[1]))
    return n, samples.mean(axis=1), samples.std(axis=1, ddof=1)


def covered(low: Floats, high: Floats, truth: float) -> float:
    return float(((low <= truth) & (truth <= high)).mean())


@pytest.mark.parametrize("n", [3, 8, 20])
def test_the_paired_t_interval_covers_95_percent(n: int) -> None:
    low, high, _ = t_interval(*moments(normal(1, mean=0.7, n=n)))
    assert covered(low, high, 0.7) == pytest.approx(0.95, abs=tolerance(0.95, CELLS))


def test_bca_covers_what_its_docstring_says_at_ten_and_comes_near_95_percent_at_thirty() -> None:
    few, many = normal(2, n=10, cells=600), normal(3, n=30, cells=600)
    assert covered(*bca(few), 0.0) == pytest.approx(0.91, abs=tolerance(0.91, 600))
    assert covered(*bca(many), 0.0) == pytest.approx(0.94, abs=tolerance(0.94, 600))


def test_bca_is_that_of_a_cell_alone_and_follows_the_skew() -> None:
    skewed = np.random.default_rng(4).exponential(1, (5, 15))
    low, high = bca(skewed)
    for at, row in enumerate(skewed):
        alone = bca(row[None])
        assert (low[at], high[at]) == pytest.approx((alone[0][0], alone[1][0]))
    assert (high - skewed.mean(1) > skewed.mean(1) - low).all()
    assert [bound.tolist() for bound in bca(np.zeros((1, 10)))] == [[0.0], [0.0]]


@pytest.mark.parametrize("n", [6, 8, 14])
def test_the_permutation_p_value_is_uniform_under_the_null(n: int) -> None:
    cells = 600
    p = sign_flip(np.random.default_rng(5).laplace(0, 1, (cells, n)))[0]
    for level in (0.05, 0.2, 0.5):
        reached = np.floor(level * 2**n / 2) / (2**n / 2)  # an exact p-value has steps of 2 / 2^n
        assert (p <= level + 1e-9).mean() == pytest.approx(reached, abs=tolerance(reached, cells) + 2e-3)


def test_the_smallest_permutation_p_value_is_the_promised_one() -> None:
    assert [float(sign_flip(np.arange(1.0, n + 1)[None])[0][0]) for n in (6, 13)] == [2 / 2**6, 2 / 2**13]
    assert sign_flip(np.arange(1.0, 15)[None])[0][0] == pytest.approx(2 / 10_000)


def test_the_permutation_test_agrees_with_every_sign_written_out() -> None:
    values = normal(6, mean=0.5, n=8, cells=3)
    signs = 1 - 2 * ((np.arange(2**8)[:, None] >> np.arange(8)) & 1)
    means = np.abs(values @ signs.T)
    expected = (means >= np.abs(values.sum(axis=1))[:, None] - 1e-9).mean(axis=1)
    assert sign_flip(values)[0] == pytest.approx(expected)


def _family(seed: int, families: int, nulls: int, others: int) -> Floats:
    """p-values of families, [families, members], the nulls first; the others have a true difference."""
    truth = np.r_[np.zeros(nulls), np.full(others, 1.2)]
    samples = np.random.default_rng(seed).normal(truth[:, None], 1, (families, nulls + others, PAIRS))
    _, _, p = t_interval(*moments(samples.reshape(-1, PAIRS)))
    return p.reshape(families, -1)


def test_holm_keeps_the_family_wise_error_and_bh_the_false_discovery_rate_among_mixed_nulls() -> None:
    families, nulls, others = 1_000, 15, 15
    p = _family(7, families, nulls, others)
    by_holm, by_bh = (np.array([method(row) for row in p]) < 0.05 for method in (holm, benjamini_hochberg))
    assert by_holm[:, :nulls].any(axis=1).mean() <= 0.05 + tolerance(0.05, families)
    shares = by_bh[:, :nulls].sum(axis=1) / np.maximum(1, by_bh.sum(axis=1))
    # independent members: the rate is exactly level times the share of nulls (Benjamini and Hochberg 1995)
    assert shares.mean() == pytest.approx(0.05 * nulls / (nulls + others), abs=3.5 * shares.std() / families**0.5)
    assert by_bh[:, nulls:].mean() > by_holm[:, nulls:].mean() > 0.3


def test_bh_leaves_gaps() -> None:
    assert benjamini_hochberg(np.array([0.01, np.nan, 0.02]))[[0, 2]].tolist() == pytest.approx([0.02, 0.02])
    assert np.isnan(benjamini_hochberg(np.array([np.nan]))).all()


def test_a_difference_at_the_margin_is_called_equivalent_no_more_often_than_promised() -> None:
    margin = 2.0
    n, mean, sd = moments(normal(8, mean=margin, sd=1.5))
    p = tost(n, mean, sd, margin)
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=tolerance(0.05, CELLS))
    low, high, _ = t_interval(n, mean, sd)
    within = (low >= -margin) & (high <= margin)
    assert within.mean() == pytest.approx(0.025, abs=tolerance(0.025, CELLS))
    assert (within == (p <= 0.025)).all()
    assert set(verdicts(n, low, high, margin)) <= {"different", "equivalent", "undecided"}


def test_identical_pairs_are_equivalent_for_certain() -> None:
    none = np.array([8.0]), np.array([0.0]), np.array([0.0])
    assert tost(*none, 1.0).tolist() == [0.0]
    assert np.isnan(hedges_g(*none)).all()
    assert seeds_for_verdict(none[1], none[2], 1.0).tolist() == [8.0]


@pytest.mark.parametrize("n", [3, 8, 25])
def test_the_detectable_difference_is_told_with_80_percent_power(n: int) -> None:
    truth = float(detectable(np.array([float(n)]), np.array([2.0]))[0])
    _, _, p = t_interval(*moments(normal(9, mean=truth, sd=2.0, n=n)))
    assert (p < 0.05).mean() == pytest.approx(POWER, abs=tolerance(POWER, CELLS))


def test_seeds_needed_are_the_fewest_that_reach_the_power() -> None:
    mean, sd, margin = np.array([0.5, 3.0, 0.0, 0.1]), np.array([1.0, 1.0, 1.0, 0.2]), 0.3
    seeds = seeds_for_verdict(mean, sd, margin)
    for enough, at in [(True, seeds), (False, seeds - 1)]:
        power = np.maximum(power_to_differ(at, mean / sd), power_to_equal(at, mean / sd, margin / sd))
        assert ((power >= POWER) == enough)[seeds > 8].all()
    assert seeds[1] == 8
    assert seeds_for_verdict(np.array([0.01]), np.array([1.0]), 0.01).tolist() == [np.inf]
    assert (seeds <= MOST_SEEDS).all()


def test_with_the_seeds_needed_a_verdict_comes_in_80_percent_of_studies() -> None:
    seeds = int(seeds_for_verdict(np.array([0.0]), np.array([1.0]), 0.6)[0])
    n, mean, sd = moments(normal(10, n=seeds))
    low, high, _ = t_interval(n, mean, sd)
    assert (verdicts(n, low, high, 0.6) == "equivalent").mean() == pytest.approx(POWER, abs=0.03)


def test_hedges_g_is_unbiased() -> None:
    g = hedges_g(*moments(normal(11, mean=0.8, n=8, cells=20_000)))
    assert g.mean() == pytest.approx(0.8, abs=3.5 * g.std() / 20_000**0.5)
    assert np.isnan(hedges_g(*moments(normal(11, n=2, cells=1)))).all()


def test_the_chance_to_win_counts_ties_half_and_its_interval_is_scipys() -> None:
    share, low, high = superiority(np.array([[1.0, 2.0, -1.0, 0.0], [1.0, 1.0, 1.0, -2.0]]))
    assert share.tolist() == [0.625, 0.75]
    reference = stats.binomtest(3, 4).proportion_ci(0.95, method="wilson")
    assert (low[1], high[1]) == pytest.approx((reference.low, reference.high))


def crossed(random: np.random.Generator, sd: tuple[float, ...], shape: tuple[int, ...], rest: float) -> Floats:
    """A table of crossed random effects around zero."""
    table = random.normal(0, rest, shape)
    for axis, (deviation, size) in enumerate(zip(sd, shape, strict=True)):
        table += random.normal(0, deviation, size).reshape([-1 if at == axis else 1 for at in range(len(shape))])
    return table


@pytest.mark.parametrize(
    ("sd", "shape"),
    [((1.0, 0.5), (8, 4)), ((0.3, 1.0, 4.0), (8, 3, 40)), ((0.0, 0.7, 5.0), (8, 4, 40)), ((1.0, 5.0), (8, 60))],
)
def test_the_interval_over_all_factors_covers_95_percent_or_a_little_more(
    sd: tuple[float, ...], shape: tuple[int, ...]
) -> None:
    random, number = np.random.default_rng(12), 600
    found = [components(crossed(random, sd, shape, 1.0)) for _ in range(number)]
    share = float(np.mean([of.low <= 0 <= of.high for of in found]))
    assert 0.95 - tolerance(0.95, number) <= share <= 0.99
    for axis, deviation in enumerate(sd):
        if deviation:
            variance = np.array([of.sd[axis] ** 2 for of in found])
            bias = 0.1 * deviation**2  # what is negative counts as zero
            assert variance.mean() == pytest.approx(deviation**2, abs=bias + 3.5 * variance.std() / number**0.5)


def test_to_count_crossed_pairs_as_independent_would_cover_far_less() -> None:
    random, number, shape = np.random.default_rng(13), 400, (8, 4)
    tables = np.stack([crossed(random, (0.3, 1.0), shape, 0.5) for _ in range(number)])
    low, high, _ = t_interval(*moments(tables.reshape(number, -1)))
    assert covered(low, high, 0.0) < 0.75


def test_one_factor_gives_students_interval_and_two_need_every_entry() -> None:
    values = normal(14, mean=1.0, cells=1)
    low, high, _ = t_interval(*moments(values))
    of = components(values[0])
    assert (of.low, of.high) == pytest.approx((low[0], high[0]))
    with pytest.raises(ValueError, match="every entry"):
        components(np.array([[1.0, np.nan], [2.0, 3.0]]))
