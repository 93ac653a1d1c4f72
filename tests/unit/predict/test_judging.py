"""Fit and judgement on settings whose truth is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import harness
from harness.predict.__main__ import BASELINE, settings
from harness.predict.coefficients import coefficients
from harness.predict.fit import fit, predicted
from harness.predict.judge import coverage, judgement
from harness.predict.measured import with_gaps
from harness.predict.table import pairs

RESULTS = Path(harness.__file__).parents[1] / "results" / "predict"


def _settings(count: int, seed: int, noise: float) -> pd.DataFrame:
    """Gaps that are 1.2 × rehearsed + 10 × distortion, and noise."""
    random = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "backbone": random.choice(["a", "b", "c"], count),
            "data": random.choice(["x", "y", "z"], count),
            "lr": random.choice([1e-4, 1e-3], count),
            "steps": random.choice([10, 40], count),
            "first_cell": [f"f{at}" for at in range(count)],
            "second_cell": [f"s{at}" for at in range(count)],
        }
    )
    for side in ("first", "second"):
        for name, scale in [
            ("top1", 20),
            ("head_top1", 20),
            ("distortion", 0.5),
            ("head_std", 0.1),
            ("initial_loss", 2),
        ]:
            table[f"{side}_{name}"] = np.abs(random.normal(0, scale, count))
    rehearsed = table["second_top1"] - table["first_top1"]
    distortion = table["first_distortion"] - table["second_distortion"]
    gap = 1.2 * rehearsed + 10 * distortion + random.normal(0, noise, count)
    return table.assign(gap=gap, error=noise / 2)


def test_coefficients_of_a_known_law_are_found() -> None:
    known = fit(_settings(300, seed=0, noise=1.0), {})
    assert known.slope == pytest.approx(1.2, abs=0.02)
    assert known.distortion == pytest.approx(10, abs=0.5)


def test_the_interval_holds_the_share_it_states_on_new_settings() -> None:
    known = fit(_settings(300, seed=0, noise=5.0), {})
    assert coverage(predicted(_settings(2000, seed=1, noise=5.0), known))["coverage"] == pytest.approx(0.9, abs=0.03)


def test_the_true_law_is_judged_better_than_rules_that_do_not_know_it() -> None:
    development, judged = _settings(300, seed=0, noise=1.0), _settings(200, seed=1, noise=1.0)
    table = judgement(development, predicted(judged, fit(development, {}))).set_index("method")
    assert table.loc["prediction", "mae"] < table.drop(index="prediction")["mae"].min() / 2
    assert table.loc["prediction", "spearman"] > 0.95


def test_the_committed_coefficients_and_predictions_follow_from_the_committed_tables() -> None:
    development = settings(RESULTS, "development")
    known = coefficients()
    assert fit(development, known.fitted) == known
    frozen = pd.read_csv(RESULTS / "predictions.csv")
    again = predicted(pairs(pd.read_csv(RESULTS / "judged_cells.csv"), BASELINE), known)
    both = frozen.merge(again, on=["first_cell", "second_cell"], suffixes=("", "_again"), validate="one_to_one")
    assert len(both) == len(frozen)
    for column in ("predicted", "low", "high"):
        np.testing.assert_allclose(both[column], both[f"{column}_again"], atol=2e-3)


def test_no_judged_setting_has_both_its_architecture_and_its_data_among_those_fitted_on() -> None:
    development, judged = (pd.read_csv(RESULTS / f"{name}_cells.csv") for name in ("development", "judged"))
    known = judged["backbone"].isin(development["backbone"]) & judged["data"].isin(development["data"])
    assert not known.any()


def test_gaps_are_paired_by_seed_and_settings_with_a_missing_run_left_out() -> None:
    settings = pd.DataFrame({"first_cell": ["a", "c"], "second_cell": ["b", "b"]})
    runs = pd.DataFrame({"cell": ["a", "b", "c"], "seed0": [50.0, 60.0, 1.0], "seed1": [52.0, 66.0, np.nan]})
    [row] = with_gaps(settings, runs).to_dict("records")
    assert (row["gap"], row["error"], row["n"]) == (12.0, 2.0, 2)
