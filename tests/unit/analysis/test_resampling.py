"""The bootstrap over the test part: scikit-learn's metrics on images drawn anew, whole groups at a time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as reference

from harness.analysis.answer import answer
from harness.analysis.resampling import LEVELS, levels_of, resampled
from harness.records.record import Predictions, Record

from .synthetic import record, spec, write_study

IMAGES = 120


def predictions(seed: int, skill: float, classes: int = 2, patients: int | None = None) -> Predictions:
    """Answers of one run; images of one patient share their difficulty, whichever run answers."""
    label = np.arange(IMAGES) % classes
    code = np.arange(IMAGES) if patients is None else np.arange(IMAGES) * patients // IMAGES
    difficulty = np.random.default_rng(99).normal(0, 1.5, IMAGES)[code]
    logits = np.random.default_rng(seed).normal(0, 0.5, (IMAGES, classes))
    logits[np.arange(IMAGES), label] += skill + difficulty
    scores = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    group = None if patients is None else code.astype(np.int32)
    return Predictions(
        label.astype(np.int16), logits.argmax(1).astype(np.int16), None, scores.astype(np.float16), group
    )


@pytest.mark.parametrize(("classes", "sought"), [(2, 0), (2, -1), (4, -1)])
def test_a_sensitivity_at_an_operating_point_is_resampled_too(classes: int, sought: int) -> None:
    plain = predictions(0, 1.0, classes)
    assert plain.log_probability is not None
    run = replace(plain, operating=plain.log_probability > np.log(0.4))
    assert run.operating is not None
    weights = resampled(np.arange(IMAGES) // 3)[:6]
    found = levels_of("sensitivity_at_specificity", sought)([[run], [plain]], weights)
    assert np.isnan(found[:, 1]).all(), "an older record has no operating points"
    each = np.eye(classes, dtype=int)[run.label]
    columns = [sought % 2] if classes == 2 else range(classes)
    for level, weight in zip(found[:, 0], weights, strict=True):
        of = [reference.recall_score(each[:, at], run.operating[:, at], sample_weight=weight) for at in columns]
        assert level == pytest.approx(100 * np.mean(of))


def study(folder: Path, patients: int | None = None, **changes: object) -> pd.DataFrame:
    records: list[Record] = []
    for creation, skill in (("create_model", 0.5), ("swap_head", 1.5)):
        for seed in range(8):
            answers = predictions(seed, skill, patients=patients)
            top1 = float(100 * (answers.label == answers.predicted).mean())
            records.append(record(spec(creation=creation, seed=seed), top1, seed, predictions=answers))
    found = answer(write_study(folder, records, **changes))
    assert "Uncertainty over test images" in found.paths["report.md"].read_text()
    return pd.read_csv(found.paths["test_part.csv"])


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("metric", LEVELS)
def test_each_resample_is_scikit_learns_metric_of_the_images_drawn(metric: str, classes: int) -> None:
    runs = [predictions(seed, 1.0, classes) for seed in range(3)]
    units = np.arange(IMAGES) // 3
    weights = resampled(units)[:6]
    levels = LEVELS[metric]([runs[:1], runs], weights)[:, 1]
    for level, weight in zip(levels, weights, strict=True):
        drawn = np.repeat(np.arange(IMAGES), weight.astype(int))
        assert len({weight[units == unit].std() for unit in range(IMAGES // 3)}) == 1  # groups stay whole
        each = []
        for run in runs:
            label, predicted = run.label[drawn], run.predicted[drawn]
            assert run.log_probability is not None
            scores = run.log_probability[drawn].astype(float)
            one_hot = np.eye(classes)[label]
            each.append(
                {
                    "top1": reference.accuracy_score(label, predicted),
                    "balanced_accuracy": reference.balanced_accuracy_score(label, predicted),
                    "auroc": reference.roc_auc_score(label, scores[:, 1])
                    if classes == 2
                    else reference.roc_auc_score(one_hot, scores),
                }[metric]
            )
        assert level == pytest.approx(100 * np.mean(each))


def test_patients_make_an_interval_wider_than_images_do(tmp_path: Path) -> None:
    by_patient = study(tmp_path / "grouped", patients=20)
    folder = tmp_path / "alone"
    records = []
    for seed in range(8):
        answers = predictions(seed, 0.5, patients=20)
        alone = Predictions(answers.label, answers.predicted, None, answers.log_probability)
        records.append(record(spec(seed=seed), 80.0, seed, predictions=alone))
    by_image = pd.read_csv(answer(write_study(folder, records)).paths["test_part.csv"])
    first = by_patient[(by_patient["metric"] == "top1") & by_patient["creation, init"].str.startswith("create")].iloc[0]
    second = by_image[by_image["metric"] == "top1"].iloc[0]
    assert (first["units"], second["units"]) == ("20 groups", "120 images")
    assert first["mean"] == pytest.approx(second["mean"])
    assert first["high"] - first["low"] > 1.5 * (second["high"] - second["low"])


def test_the_difference_is_paired_by_image_and_repeats_itself(tmp_path: Path) -> None:
    table = study(tmp_path / "one")
    assert set(table["metric"]) == {"top1"}
    top1 = table[table["metric"] == "top1"]
    base, other = (top1[top1["creation, init"].str.startswith(name)].iloc[0] for name in ("create", "swap"))
    assert other["diff_mean"] == pytest.approx(other["mean"] - base["mean"], abs=1e-3)
    assert other["diff_low"] > 0
    unpaired = np.hypot(other["high"] - other["low"], base["high"] - base["low"])
    assert other["diff_high"] - other["diff_low"] < unpaired
    assert np.isnan(base["diff_mean"])
    pd.testing.assert_frame_equal(study(tmp_path / "two"), table)


def test_a_study_is_told_of_its_own_metric_beside_top1(tmp_path: Path) -> None:
    assert set(study(tmp_path, metric="balanced_accuracy")["metric"]) == {"top1", "balanced_accuracy"}
