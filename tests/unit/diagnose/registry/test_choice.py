"""Which run stands for a study, and when a challenger wins: both by rules that luck of the draw cannot bend."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from harness.analysis.frame import OWN_SPLIT
from harness.diagnose.registry.choice import COLUMNS, choose, judge
from harness.diagnose.registry.repeat import recorded_spec
from harness.records.store import RECORD, STUDY, write_text
from harness.spec.errors import RequestError
from harness.spec.identity import configuration_id, portable, run_id
from harness.spec.spec import Spec

NOISE = np.array([0.3, -0.2, 0.1, -0.4, 0.2, 0.0, -0.1, 0.1])


def _study(folder: Path, validation: dict[float, list[float]], test: dict[float, float]) -> Path:
    """One configuration for each learning rate; validation top-1 by seed, one test top-1 for all seeds."""
    write_text(folder / STUDY, json.dumps({"name": folder.name}))
    for rate, values in validation.items():
        for seed, value in enumerate(values):
            spec = Spec.model_validate({"data": {"name": "made"}, "recipe": {"lr": rate}, "seed": seed})
            record = {
                "run_id": run_id(spec),
                "cell_id": configuration_id(spec),
                "spec": spec.model_dump(mode="json"),
                "status": "finished",
                "data": {"label": "made", "num_classes": 10, "test_hash": "t"},
                "metrics": {"top1": test[rate], "val_top1": value},
            }
            write_text(folder / record["run_id"] / RECORD, json.dumps(record))
    return folder


def test_validation_chooses_the_cell_and_the_median_seed_stands_for_it(tmp_path: Path) -> None:
    study = _study(tmp_path, {1e-3: [70, 99, 80, 78], 1e-2: [60, 61, 62, 63]}, {1e-3: 50, 1e-2: 90})
    found = choose(study, {})
    assert found.record["spec"]["recipe"]["lr"] == 1e-3
    assert found.record["metrics"]["val_top1"] == 78
    assert found.among == 2


def test_a_cell_with_fewer_seeds_takes_no_part(tmp_path: Path) -> None:
    study = _study(tmp_path, {1e-3: [70, 70], 1e-2: [99]}, {1e-3: 50, 1e-2: 50})
    assert choose(study, {}).record["spec"]["recipe"]["lr"] == 1e-3


def test_settings_narrow_the_choice_and_wrong_ones_are_told(tmp_path: Path) -> None:
    study = _study(tmp_path, {1e-3: [70], 1e-2: [60]}, {1e-3: 50, 1e-2: 50})
    assert choose(study, {"recipe.lr": "0.01"}).record["spec"]["recipe"]["lr"] == 1e-2
    with pytest.raises(RequestError, match=r"did you mean recipe\.lr"):
        choose(study, {"recipe.rl": "0.01"})
    with pytest.raises(RequestError, match=r"recipe\.lr: no run of the study has 0\.1"):
        choose(study, {"recipe.lr": "0.1"})


def _cell(scores: np.ndarray, **same: str) -> pd.DataFrame:
    fields = {"metric": "top1", "data": "made", "data.fingerprint": "default", "test_hash": "t", **same}
    machinery = {"device": "cpu", "threads": 1, "precision": "float32", "executor": "sequential", "versions": "{}"}
    table = pd.DataFrame({"seed": range(len(scores)), "split": OWN_SPLIT, "score": scores, "val_score": scores})
    return table.assign(run_id="r", **fields, **machinery)[list(COLUMNS)]


def test_a_clear_win_takes_over_and_a_loss_or_a_tie_does_not() -> None:
    champion = _cell(80 + NOISE)
    assert judge(_cell(83 + 2 * NOISE), champion, 1.0, []).takes_over
    assert judge(_cell(77 + 2 * NOISE), champion, 1.0, []).told.endswith("worse")
    assert judge(_cell(80 - NOISE), champion, 1.0, []).told.endswith("equivalent")


def test_seven_seeds_are_too_few() -> None:
    verdict = judge(_cell(83 + 2 * NOISE[:7]), _cell(80 + NOISE[:7]), 1.0, [])
    assert not verdict.takes_over
    assert "needs 8" in verdict.told


def test_a_narrow_win_after_many_challenges_is_no_win() -> None:
    champion, narrow = _cell(80 + 0 * NOISE), _cell(80.22 + NOISE)
    alone = judge(narrow, champion, 1.0, [])
    assert alone.takes_over
    assert alone.p is not None
    repeated = judge(narrow, champion, 1.0, [0.9] * 9)
    assert not repeated.takes_over
    assert "correction for 10 challenges" in repeated.told


@pytest.mark.parametrize("field", ["metric", "data.fingerprint", "test_hash"])
def test_cells_of_different_tests_are_not_compared(field: str) -> None:
    verdict = judge(_cell(99 + NOISE, **{field: "auroc"}), _cell(80 + NOISE), 1.0, [])
    assert not verdict.takes_over
    assert verdict.p is None
    assert "cannot be compared" in verdict.told


def test_other_machinery_is_told() -> None:
    verdict = judge(_cell(83 + 2 * NOISE).assign(device="cuda"), _cell(80 + NOISE), 1.0, [])
    assert "8 of 8 pairs differ in device" in verdict.told


def test_a_folder_is_known_by_its_content_and_not_by_its_name(tmp_path: Path) -> None:
    for folder, shade in (("pictures", 1), ("moved", 1), ("others", 2)):
        for part in ("train", "val"):
            (tmp_path / folder / part / "a").mkdir(parents=True)
            (tmp_path / folder / part / "a" / "1.png").write_bytes(bytes([shade]))
    spec = Spec.model_validate({"data": {"name": "imagefolder", "path": tmp_path / "pictures"}})
    record = {"run_id": run_id(spec), "spec": portable(spec)}
    assert run_id(recorded_spec(record, {"data.path": str(tmp_path / "moved")})) == record["run_id"]
    with pytest.raises(RequestError, match=r"data\.path: what is there has the fingerprint .* pictures with"):
        recorded_spec(record, {"data.path": str(tmp_path / "others")})
    with pytest.raises(RequestError, match=r"data\.path: the run is to be repeated"):
        recorded_spec(record, {})
