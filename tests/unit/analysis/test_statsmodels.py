"""The corrections and the power of the paired t-test agree with statsmodels, an implementation of other people."""

from __future__ import annotations

import numpy as np
import pytest

from harness.analysis.statistics.power import POWER, detectable, power_to_differ, seeds_for_verdict
from harness.analysis.statistics.verdict import corrected

multitest = pytest.importorskip("statsmodels.stats.multitest")
power = pytest.importorskip("statsmodels.stats.power")

CORRECTIONS = {"holm": "holm", "fdr": "fdr_bh"}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("correction", CORRECTIONS)
def test_corrected_p_values(correction: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    p = np.concatenate([random.uniform(size=20), 10 ** random.uniform(-12, -1, size=20), [0.0, 1.0, 0.01, 0.01]])
    random.shuffle(p)
    theirs = multitest.multipletests(p, method=CORRECTIONS[correction])[1]
    assert corrected(p, correction) == pytest.approx(theirs, rel=1e-12)  # type: ignore[arg-type]
    missing = np.insert(p, [0, 7], np.nan)
    assert corrected(missing, correction)[~np.isnan(missing)] == pytest.approx(theirs, rel=1e-12)  # type: ignore[arg-type]


@pytest.mark.parametrize("pairs", [2, 3, 8, 10, 30, 200])
@pytest.mark.parametrize("effect", [0.0, 0.1, 0.5, 1.0, -1.5])
def test_power_to_tell_a_difference_from_zero(pairs: int, effect: float) -> None:
    theirs = power.TTestPower().power(effect, pairs, alpha=0.05, alternative="two-sided")
    assert float(power_to_differ(np.array(float(pairs)), np.array(effect))) == pytest.approx(theirs, abs=1e-6)


@pytest.mark.parametrize("pairs", [3, 8, 10, 30, 200])
def test_the_smallest_detectable_difference(pairs: int) -> None:
    theirs = power.TTestPower().solve_power(nobs=pairs, alpha=0.05, power=POWER)
    assert float(detectable(np.array([float(pairs)]), np.array([2.5]))[0]) == pytest.approx(2.5 * theirs, rel=1e-5)


@pytest.mark.parametrize("effect", [0.3, 0.5, 0.8])
def test_how_many_pairs_tell_a_difference(effect: float) -> None:
    theirs = power.TTestPower().solve_power(effect_size=effect, alpha=0.05, power=POWER)
    ours = seeds_for_verdict(np.array([effect]), np.array([1.0]), 0.0)[0]  # no margin: none is equivalent
    assert ours == np.ceil(theirs)
