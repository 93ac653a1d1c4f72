"""Metrics of several labels an image: those of scikit-learn and torchmetrics, at thresholds that are chosen apart."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import sklearn.metrics as reference
import torch
from torchmetrics.classification import BinaryCalibrationError, MultilabelAUROC, MultilabelAveragePrecision

from harness.data.measure import LabelScores, measure, scores_of
from harness.spec.spec import Metrics


def answers(ties: bool = False, seed: int = 0) -> LabelScores:
    random = np.random.default_rng(seed)
    labels = (random.random((400, 5)) < [0.5, 0.3, 0.1, 0.05, 0.8]).astype(np.int64)
    logits = labels * 1.5 + random.normal(size=labels.shape) - 1
    found = scores_of(torch.from_numpy(np.round(logits) if ties else logits), torch.from_numpy(labels))
    assert isinstance(found, LabelScores)
    return found


@pytest.mark.parametrize("ties", [False, True])
def test_metrics_are_scikit_learns(ties: bool) -> None:
    scores = answers(ties)
    scores = scores.at(scores.chosen("each"))
    found = measure(scores)
    labels, probability, said = scores.labels, scores.probability, scores.predicted
    expected = {
        "auroc": reference.roc_auc_score(labels, probability, average="macro"),
        "average_precision": reference.average_precision_score(labels, probability, average="macro"),
        "f1_macro": reference.f1_score(labels, said, average="macro"),
        "f1_micro": reference.f1_score(labels, said, average="micro"),
        "f1_macro_half": reference.f1_score(labels, probability >= 0.5, average="macro"),
        "f1_micro_half": reference.f1_score(labels, probability >= 0.5, average="micro"),
        "exact_match": reference.accuracy_score(labels, said),
    }
    told = {name: found[name] for name in expected}
    assert told == pytest.approx({name: 100 * value for name, value in expected.items()}, rel=1e-5)
    by_label = {
        "auroc_by_label": reference.roc_auc_score(labels, probability, average=None),
        "average_precision_by_label": reference.average_precision_score(labels, probability, average=None),
        "f1_by_label": reference.f1_score(labels, said, average=None),
    }
    for name, values in by_label.items():
        assert found[name] == pytest.approx((100 * values).tolist(), rel=1e-5)
    assert found["brier_score"] == pytest.approx(reference.mean_squared_error(labels, probability), rel=1e-5)


def test_means_over_labels_and_calibration_are_torchmetrics() -> None:
    scores = answers()
    found, probability, labels = measure(scores), torch.from_numpy(scores.probability), torch.from_numpy(scores.labels)
    assert found["auroc"] == pytest.approx(100 * float(MultilabelAUROC(5)(probability, labels)), rel=1e-4)
    assert found["average_precision"] == pytest.approx(
        100 * float(MultilabelAveragePrecision(5)(probability, labels)), rel=1e-4
    )
    error = BinaryCalibrationError(n_bins=15, norm="l1")(probability.flatten().double(), labels.flatten())
    assert found["calibration_error"] == pytest.approx(100 * float(error), rel=1e-3)


def test_labels_in_another_order_give_the_same_numbers_in_that_order() -> None:
    scores, order = answers(), np.array([3, 0, 4, 2, 1])
    turned = LabelScores(scores.labels[:, order], scores.logits[:, order], scores.thresholds)
    one, other = (measure(each.decided(each, Metrics())) for each in (scores, turned))
    for name, value in one.items():
        if isinstance(value, list):
            assert other[name] == pytest.approx(np.array(value)[order].tolist())
        else:
            assert other[name] == pytest.approx(value, rel=1e-6)


def best_f1(truth: npt.NDArray[np.int64], probability: npt.NDArray[np.float64]) -> float:
    """The largest F1 over all thresholds: 2 TP / (said + true), after each decision from the most probable on."""
    hits = truth.ravel()[np.argsort(-probability, axis=None)].cumsum()
    return float((2 * hits / (np.arange(1, hits.size + 1) + hits[-1])).max())


def test_chosen_thresholds_are_the_best_of_all_that_there_are() -> None:
    scores = answers(seed=3)
    for label, threshold in enumerate(scores.chosen("each")):
        truth, probability = scores.labels[:, label], scores.probability[:, label]
        assert reference.f1_score(truth, probability >= threshold) == pytest.approx(best_f1(truth, probability))
    [one] = set(scores.chosen("one").tolist())
    best = best_f1(scores.labels, scores.probability)
    assert measure(scores.at(scores.chosen("one")))["f1_micro"] == pytest.approx(100 * best)
    assert one != 0.5
    assert (scores.chosen("half") == 0.5).all()


def test_a_threshold_chosen_on_answers_that_know_nothing_promises_more_than_it_keeps() -> None:
    """The F1 of the images that a threshold is chosen on is too high: it belongs to no test part."""
    random = np.random.default_rng(0)
    promised, kept = [], []
    for _ in range(40):
        labels = (random.random((2, 60, 4)) < 0.2).astype(np.int64)
        logits = random.normal(size=labels.shape)
        validation, test = (LabelScores(labels[part], logits[part], np.full(4, 0.5)) for part in (0, 1))
        chosen = validation.chosen("each")
        promised.append(measure(validation.at(chosen))["f1_macro"])
        kept.append(measure(test.at(chosen))["f1_macro"])
    assert np.mean(promised) > np.mean(kept) + 5


def test_what_cannot_be_told_is_null_and_takes_no_part_in_a_mean() -> None:
    scores = answers()
    labels = scores.labels.copy()
    labels[:, 1] = 0
    found = measure(LabelScores(labels, scores.logits, scores.thresholds))
    assert found["auroc_by_label"][1] is None
    others = [value for value in found["auroc_by_label"] if value is not None]
    assert found["auroc"] == pytest.approx(np.mean(others))
    assert LabelScores(labels, scores.logits, scores.thresholds).chosen("each")[1] == 0.5
    lost = measure(LabelScores(labels, np.full(labels.shape, np.nan), scores.thresholds))
    assert lost["auroc"] is None
    assert lost["f1_macro"] == 0
    assert (LabelScores(labels, np.full(labels.shape, np.nan), scores.thresholds).chosen("each") == 0.5).all()
