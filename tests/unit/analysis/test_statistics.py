"""Intervals, verdicts and corrections against their references."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from harness.analysis.statistics import fraction_interval, holm, summarise, verdicts


def test_interval_is_that_of_the_paired_t_test() -> None:
    random = np.random.default_rng(0)
    left, right = random.normal(3, 2, 12), random.normal(2, 2, 12)
    reference = stats.ttest_rel(left, right)
    bounds = reference.confidence_interval(0.95)
    row = summarise(pd.DataFrame({"g": 0, "d": left - right}), ["g"], "d", 1.0).iloc[0]
    assert row[["low", "high", "p"]].tolist() == pytest.approx([bounds.low, bounds.high, reference.pvalue])


def test_interval_covers_the_truth_as_often_as_it_says() -> None:
    random = np.random.default_rng(1)
    values = pd.DataFrame({"g": np.repeat(np.arange(2000), 8), "d": random.normal(1.0, 3.0, 16_000)})
    found = summarise(values, ["g"], "d", 1.0)
    assert ((found["low"] < 1.0) & (found["high"] > 1.0)).mean() == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize(
    ("n", "low", "high", "verdict"),
    [
        (8, 0.2, 0.6, "different"),
        (8, -3.0, -2.0, "different"),
        (8, -0.9, 0.9, "equivalent"),
        (8, 0.0, 0.0, "equivalent"),
        (8, -0.9, 1.1, "undecided"),
        (7, 5.0, 6.0, ""),
        (1, np.nan, np.nan, ""),
    ],
)
def test_verdict(n: int, low: float, high: float, verdict: str) -> None:
    assert verdicts(*(np.array([value], float) for value in (n, low, high)), 1.0)[0] == verdict


def test_identical_pairs_give_an_interval_without_width() -> None:
    row = summarise(pd.DataFrame({"g": 0, "d": [0.0] * 8}), ["g"], "d", 1.0).iloc[0]
    assert row[["low", "high", "p", "verdict"]].tolist() == [0, 0, 1, "equivalent"]


def test_holm_steps_down_and_leaves_gaps() -> None:
    corrected = holm(np.array([0.01, np.nan, 0.04, 0.03, 0.005]))
    assert corrected[[0, 2, 3, 4]].tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert np.isnan(corrected[1])


def test_holm_keeps_the_family_wise_error() -> None:
    p = np.random.default_rng(2).uniform(size=(3000, 20))
    assert np.mean([holm(row).min() < 0.05 for row in p]) < 0.065


def test_share_interval_is_exact() -> None:
    assert fraction_interval(0, 20) == pytest.approx((0, 0.1684), abs=1e-4)
