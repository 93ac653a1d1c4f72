"""Tests at few seeds: null comparisons share no run, the signed-rank test is SciPy's, the page says what was found."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy

from harness.dev.few_seeds import METHODS, SEEDS, by_sign_flip, by_t, by_wilcoxon, differences, noise, rates
from tests.committed import committed

PAGE = (Path(__file__).parents[3] / "docs" / "few_seeds.md").read_text(encoding="utf-8")


def rows(name: str) -> list[dict[str, str]]:
    with committed("nulls", f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def runs(seeds: int) -> pd.DataFrame:
    """Two settings, two replicates; a run's score tells which run it is."""
    return pd.DataFrame(
        {"row": row, "row_label": f"setting {row}", "replicate": replicate, "seed": seed, "score": score}
        for row in (0, 1)
        for seed in range(seeds)
        for replicate in (0, 1)
        for score in [1000.0 * row + seed**2 + 0.25 * replicate * seed]
    )


def test_null_differences_are_of_one_seed_or_of_two_neighbours_each_used_once() -> None:
    found = differences(runs(6))
    assert [part.tolist() for part in found["paired"]] == [[0.0, 0.25, 0.5, 0.75, 1.0, 1.25]] * 2
    assert [part.tolist() for part in found["unpaired"]] == [[1.0, 5.0, 9.0]] * 2


def test_the_signed_rank_test_is_that_of_scipy() -> None:
    samples = np.random.default_rng(0).normal(0.6, 1, (40, 7)).round(1)  # rounded: with ties and zeros
    assert (samples == 0).any()
    expected = scipy.stats.wilcoxon(samples, axis=1).pvalue <= 0.05
    assert 0 < expected.sum() < len(samples)
    assert by_wilcoxon(samples).tolist() == expected.tolist()


@pytest.mark.parametrize("judge", [by_sign_flip, by_wilcoxon])
def test_below_six_seeds_no_exchange_of_signs_can_reject(judge: object) -> None:
    large = 100 + np.random.default_rng(1).normal(size=(20, 5))
    assert callable(judge)
    assert not judge(large).any()
    assert judge(np.hstack([large, large[:, :1] + 1])).all()
    assert by_t(large).all()


def test_a_row_counts_null_comparisons_and_what_is_found_of_a_known_difference() -> None:
    noisy = runs(240).assign(score=lambda table: np.random.default_rng(2).normal(size=len(table)))
    told = {(row["kind"], row["seeds"], row["method"]): row for row in rates(noisy)}
    assert len(told) == 2 * len(SEEDS) * len(METHODS)
    row = told["paired", 8, "t"]
    assert row["comparisons"] == 2 * 240 // 8
    assert float(row["low"]) < 5 < float(row["high"])
    assert float(row["false"]) < float(row["finds_1"]) < float(row["finds_2"])


def test_noise_is_that_of_one_configuration_over_eight_seeds() -> None:
    table = runs(20).assign(family=0, creation="create_model")
    (row,) = noise("some", table)
    assert row["configurations"] == 2 * 2 * 2  # two settings, two replicates, two whole eights
    assert (row["worst"], row["best"]) == ("66.0", "228.8")  # 8² + 2 and 15² + 3.75: the later eight of replicate 1
    assert row["largest"] == "162.8"


def shown(first: str) -> list[list[str]]:
    """The rows of the page whose first cell is of this form."""
    return [row.split(" | ") for row in re.findall(rf"^\| ({first} \| .*) \|$", PAGE, re.MULTILINE)]


def test_the_page_says_what_the_tables_hold() -> None:
    held = {(row["method"], row["seeds"]): row for row in rows("few_seeds") if row["kind"] == "paired"}
    alarms = shown("(?:t|percentile|BCa|sign-flip|Wilcoxon)")
    assert [row[0] for row in alarms] == list(METHODS)
    for name, *cells in alarms:
        assert cells == [held[name, str(seeds)]["false"] for seeds in SEEDS]
    found = shown("by (?:t|sign-flip|Wilcoxon)")
    assert len(found) == 3
    asked = [("1", "3"), ("1", "8"), ("1", "20"), ("2", "3"), ("2", "5"), ("2", "8")]
    for name, *cells in found:
        assert cells == [held[name.removeprefix("by "), seeds][f"finds_{size}"] for size, seeds in asked]
    spread = shown("(?:nulls|gap_lite)[^|]*")
    for (_, creation, count, *cells, largest), row in zip(spread, rows("seed_noise"), strict=True):
        assert [creation, count.replace(",", ""), *cells] == [
            row[key] for key in ("creation", "configurations", "sd", "range")
        ]
        assert largest == f"{row['largest']} ({row['worst']} to {row['best']})"
