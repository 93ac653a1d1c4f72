"""The prediction after first steps: fit on a known relation, what is frozen against the committed tables, and cost."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from harness.dev.prediction.steps.__main__ import known_after_steps, main
from harness.dev.prediction.steps.cost import costs
from harness.dev.prediction.steps.fit import fit_after_steps, inputs_after_steps, predicted_after_steps
from harness.diagnose.predict.steps.coefficients import steps_coefficients
from tests.committed import committed


def _settings(count: int, seed: int, noise: float) -> pd.DataFrame:
    """Gaps that are 1.1 × rehearsed + 15 × distortion, and noise."""
    random = np.random.default_rng(seed)
    table = pd.DataFrame(
        {"backbone": random.choice(["a", "b", "c"], count), "data": random.choice(["x", "y", "z"], count)}
    )
    for side in ("first", "second"):
        for name, scale in (("top1", 20), ("moved", 0.5), ("logit_std", 2)):
            table[f"{side}_{name}"] = np.abs(random.normal(0, scale, count))
    x = inputs_after_steps(table)
    return table.assign(gap=1.1 * x["rehearsed"] + 15 * x["distortion"] + random.normal(0, noise, count))


def test_a_known_relation_is_found_and_its_interval_holds_new_settings() -> None:
    known = fit_after_steps(_settings(400, 0, 3.0), {})
    assert known.slope == pytest.approx(1.1, abs=0.05)
    assert known.distortion == pytest.approx(15, abs=2)
    fresh = predicted_after_steps(_settings(400, 1, 3.0), known)
    inside = (fresh["low"] <= fresh["gap"]) & (fresh["gap"] <= fresh["high"])
    assert inside.mean() == pytest.approx(0.9, abs=0.04)


def test_what_is_frozen_follows_from_the_committed_tables() -> None:
    results = committed("predict")
    frozen = steps_coefficients()
    assert fit_after_steps(known_after_steps(results), frozen.fitted) == frozen
    saved = pd.read_csv(results / "steps" / "predictions.csv")
    again = predicted_after_steps(pd.read_csv(results / "steps" / "judged_watched.csv"), frozen)
    assert again[["predicted", "low", "high"]].to_numpy() == pytest.approx(
        saved[["predicted", "low", "high"]].to_numpy(), abs=2e-3
    )


def test_no_setting_that_judges_was_fitted_on() -> None:
    seen = [pd.read_csv(committed("predict") / "steps" / f"{name}.csv") for name in ("development", "judged_watched")]
    fitted, judged = ({*table["first_cell"], *table["second_cell"]} for table in seen)
    assert not fitted & judged


def test_cost_is_that_of_the_rehearsal_against_whole_runs() -> None:
    pair = {"first_cell": ["a"], "second_cell": ["b"]}
    seen = pd.DataFrame({**pair, "seconds": [10.0], "step_seconds": [4.0], "fraction": [0.04]})
    seconds = pd.DataFrame({"cell": ["a", "b"], "total": [120.0, 130.0], "train": [90.0, 110.0]})
    found = costs(pd.DataFrame(pair), seen, seconds)
    assert found["of_steps"].tolist() == pytest.approx([0.1])  # 10 s of the 100 s that all steps take
    assert found["cost"].tolist() == pytest.approx([0.1 * 200 / 250])


def test_a_study_and_its_file_go_together(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--watch", "predict_steps_judged"])
    assert "go together" in capsys.readouterr().err
