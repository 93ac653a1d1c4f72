"""Fit and judgement on settings whose truth is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from harness.cli.requests import configurations
from harness.dev.prediction.__main__ import main
from harness.dev.prediction.attempts import ATTEMPTS, BASELINE, Attempt, known_settings, ranges, with_gaps
from harness.dev.prediction.ceiling import ceiling
from harness.dev.prediction.fit import fit, predicted
from harness.dev.prediction.judge import coverage, judgement
from harness.dev.prediction.settings import pairs
from harness.diagnose.predict.coefficients import coefficients
from harness.spec.errors import RequestError
from harness.spec.identity import configuration_id
from tests.committed import committed


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


def test_coefficients_of_a_known_relation_are_found() -> None:
    known = fit(_settings(300, seed=0, noise=1.0), {})
    assert known.slope == pytest.approx(1.2, abs=0.02)
    assert known.distortion == pytest.approx(10, abs=0.5)


def test_the_interval_holds_the_fraction_it_states_on_new_settings() -> None:
    known = fit(_settings(300, seed=0, noise=5.0), {})
    assert coverage(predicted(_settings(2000, seed=1, noise=5.0), known))["coverage"] == pytest.approx(0.9, abs=0.03)


def test_the_true_relation_is_judged_better_than_rules_that_do_not_know_it() -> None:
    development, judged = _settings(300, seed=0, noise=1.0), _settings(200, seed=1, noise=1.0)
    table = judgement(development, predicted(judged, fit(development, {}))).set_index("method")
    assert table.loc["prediction", "mae"] < table.drop(index="prediction")["mae"].min() / 2
    assert table.loc["prediction", "spearman"] > 0.95


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.study)
def test_the_committed_predictions_follow_from_the_committed_tables(attempt: Attempt) -> None:
    known = fit(known_settings(committed("predict"), attempt), {})
    frozen = pd.read_csv(committed("predict") / attempt.folder / "predictions.csv")
    again = predicted(pairs(pd.read_csv(committed("predict") / f"{attempt.judged_on}_cells.csv"), BASELINE), known)
    both = frozen.merge(again, on=["first_cell", "second_cell"], suffixes=("", "_again"), validate="one_to_one")
    assert len(both) == len(frozen) >= 60
    for column in ("predicted", "low", "high"):
        np.testing.assert_allclose(both[column], both[f"{column}_again"], atol=2e-3)


def test_the_committed_coefficients_are_those_of_the_last_attempt() -> None:
    known = known_settings(committed("predict"), ATTEMPTS[-1])
    assert fit(known, ranges(known)) == coefficients()


def test_no_setting_of_the_first_attempt_has_both_its_architecture_and_its_data_among_those_fitted_on() -> None:
    development, judged = (
        pd.read_csv(committed("predict") / f"{name}_cells.csv") for name in ("development", "judged")
    )
    known = judged["backbone"].isin(development["backbone"]) & judged["data"].isin(development["data"])
    assert not known.any()


def test_no_setting_of_the_second_attempt_has_a_recipe_on_images_of_a_kind_that_it_was_fitted_on() -> None:
    columns = ["backbone", "data", "size", "classes", "train_size", "optimizer", "lr", "epochs", "batch_size"]
    known, judged = (
        {
            tuple(row)
            for name in names
            for row in pd.read_csv(committed("predict") / f"{name}_cells.csv")[columns].to_numpy()
        }
        for names in (ATTEMPTS[-1].fitted_on, (ATTEMPTS[-1].judged_on,))
    )
    assert not known & judged


@pytest.mark.parametrize(("spread", "noise"), [(9.0, 5.0), (4.0, 5.0)])
def test_the_ceiling_encloses_what_the_truth_scores(spread: float, noise: float) -> None:
    random = np.random.default_rng(0)
    truth = random.normal(0, spread, 300)
    differences = truth[:, None] + random.normal(0, noise, (300, 6))
    found, gaps = ceiling(differences), differences.mean(axis=1)
    scored = spearmanr(truth, gaps).statistic
    assert found["spearman_by_posterior"] - 0.02 < scored < found["spearman_by_halves"] + 0.02
    assert found["spearman_by_halves"] - found["spearman_by_posterior"] < 0.1
    assert found["mae"] == pytest.approx(np.abs(truth - gaps).mean(), rel=0.15)


def test_gaps_are_paired_by_seed_and_settings_with_a_missing_run_left_out() -> None:
    settings = pd.DataFrame({"first_cell": ["a", "c"], "second_cell": ["b", "b"]})
    runs = pd.DataFrame({"cell": ["a", "b", "c"], "seed0": [50.0, 60.0, 1.0], "seed1": [52.0, 66.0, np.nan]})
    [row] = with_gaps(settings, runs).to_dict("records")
    assert (row["gap"], row["error"], row["n"]) == (12.0, 2.0, 2)


def test_a_study_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="no_such_study"):
        main(["--settings", "no_such_study", "--to", str(tmp_path / "table.csv")])
    assert not list(tmp_path.iterdir())


@pytest.mark.real
@pytest.mark.usefixtures("assets")
@pytest.mark.long
def test_the_configurations_of_a_study_are_each_listed_once() -> None:
    found = configurations("predict_judged_again")
    assert len({configuration_id(spec) for spec in found}) == len(found) > 1
    assert {spec.seed for spec in found} == {0}


def test_a_table_of_settings_needs_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--settings", "predict_judged"])
    assert "--to FILE" in capsys.readouterr().err
