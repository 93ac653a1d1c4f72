"""The metrics are those of scikit-learn where it has them, and of their papers' definitions where it has not."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from sklearn import metrics as reference

from harness.data.measure import Scores, measure, positive_class, scores_of
from harness.records.record import Record
from harness.spec.errors import RequestError
from harness.spec.spec import Spec


def answers(classes: int, images: int = 600, ties: bool = False, positive: int = -1) -> Scores:
    """Unequal classes, and answers better than chance; with ties the logits are whole numbers."""
    random = np.random.default_rng(classes)
    labels = random.choice(classes, images, p=np.arange(1, classes + 1) / np.arange(1, classes + 1).sum())
    logits = random.normal(size=(images, classes))
    logits[np.arange(images), labels] += 1
    return Scores(labels, np.round(logits) if ties else logits, positive)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("positive", [0, 1])
def test_of_two_classes_the_positive_one_is_measured(positive: int, ties: bool) -> None:
    scores = answers(2, ties=ties, positive=positive)
    truth, said = scores.labels == positive, scores.predicted == positive
    found = measure(scores)
    expected = {
        "auroc": reference.roc_auc_score(truth, scores.probability[:, positive]),
        "average_precision": reference.average_precision_score(truth, scores.probability[:, positive]),
        "balanced_accuracy": reference.balanced_accuracy_score(truth, said),
        "sensitivity": reference.recall_score(truth, said),
        "specificity": reference.recall_score(~truth, ~said),
        "f1": reference.f1_score(truth, said),
    }
    assert {name: found[name] for name in expected} == pytest.approx(
        {name: 100 * value for name, value in expected.items()}
    )
    assert found["brier_score"] == pytest.approx(2 * reference.brier_score_loss(truth, scores.probability[:, positive]))


@pytest.mark.parametrize("ties", [False, True])
def test_of_many_classes_the_mean_is_measured(ties: bool) -> None:
    scores = answers(6, ties=ties)
    found = measure(scores)
    one_hot = np.eye(6)[scores.labels]
    expected = {
        "auroc": reference.roc_auc_score(one_hot, scores.log_probability),
        "average_precision": reference.average_precision_score(one_hot, scores.log_probability),
        "balanced_accuracy": reference.balanced_accuracy_score(scores.labels, scores.predicted),
        "sensitivity": reference.recall_score(scores.labels, scores.predicted, average="macro"),
        "f1": reference.f1_score(scores.labels, scores.predicted, average="macro"),
    }
    assert {name: found[name] for name in expected} == pytest.approx(
        {name: 100 * value for name, value in expected.items()}
    )
    squares = reference.mean_squared_error(one_hot, scores.probability)
    assert found["brier_score"] == pytest.approx(6 * squares, rel=1e-5)
    matrix = reference.confusion_matrix(scores.labels, scores.predicted)
    assert found["confusion_matrix"] == matrix.tolist()
    recalls = 100 * reference.recall_score(scores.labels, scores.predicted, average=None)
    assert found["recall_by_class"] == pytest.approx(recalls.tolist())
    of_last = scores.labels == 5, scores.predicted == 5
    assert found["specificity_by_class"][5] == pytest.approx(100 * reference.recall_score(~of_last[0], ~of_last[1]))


def test_balanced_accuracy_is_not_moved_by_how_many_there_are_of_each_class() -> None:
    few, many = answers(3), answers(3)
    repeat = np.where(many.labels == 0, 5, 1)
    many = Scores(many.labels.repeat(repeat), many.logits.repeat(repeat, axis=0))
    assert measure(few)["balanced_accuracy"] == pytest.approx(measure(many)["balanced_accuracy"])
    assert measure(few)["average_precision"] != pytest.approx(measure(many)["average_precision"])


def test_calibration_error_is_the_promise_not_kept() -> None:
    """Answers given with a confidence of 80 % of which 60 % are right are off by 20 points."""
    logits = np.log(np.full((100, 2), [0.8, 0.2]))
    labels = np.repeat([0, 1], [60, 40])
    assert measure(Scores(labels, logits))["calibration_error"] == pytest.approx(20)
    assert measure(Scores(np.repeat([0, 1], [80, 20]), logits))["calibration_error"] == pytest.approx(0, abs=1e-9)


def test_what_cannot_be_told_is_null_and_never_equal_to_a_number() -> None:
    one_class = Scores(np.zeros(5, np.int64), np.random.default_rng(0).normal(size=(5, 3)))
    found = measure(one_class)
    assert found["auroc"] is None
    assert found["average_precision"] is None
    assert found["recall_by_class"][1:] == [None, None]
    assert found == measure(one_class)
    lost = measure(Scores(np.array([0, 1]), np.full((2, 2), np.nan)))
    assert [lost[name] for name in ("auroc", "calibration_error", "brier_score")] == [None] * 3


@pytest.mark.parametrize("classes", [2, 10])
def test_a_thousand_images_take_less_than_ten_milliseconds(classes: int) -> None:
    logits, labels = torch.randn(1000, classes), torch.randint(0, classes, (1000,))

    def seconds() -> float:
        started = time.thread_time()  # other work on this machine does not count
        measure(scores_of(logits, labels))
        return time.thread_time() - started

    assert min(seconds() for _ in range(5)) < 0.010


def test_the_positive_class_goes_by_its_name() -> None:
    assert positive_class(None, ("a", "b", "c")) == 2
    assert positive_class("NORMAL", ("NORMAL", "PNEUMONIA")) == 0
    for name, classes, told in (
        ("NORMLA", ("NORMAL", "PNEUMONIA"), "NORMAL"),
        ("a", ("a", "b", "c"), "3 classes"),
    ):
        with pytest.raises(RequestError, match=told):
            positive_class(name, classes)


def test_every_run_records_every_metric_of_test_and_validation_part(
    quick: Callable[..., Spec], trained: Callable[[Spec], Record]
) -> None:
    record = trained(quick())
    metrics: dict[str, Any] = record.metrics
    assert {"balanced_accuracy", "auroc", "val_balanced_accuracy", "val_auroc", "recall_by_class"} <= set(metrics)
    assert metrics["balanced_accuracy"] == pytest.approx(metrics["top1"])  # the made set's classes are equally large
    assert sum(map(sum, metrics["confusion_matrix"])) == record.data["n_test"]
    assert record.predictions is not None
    assert record.predictions.log_probability is not None
    again = Scores(record.predictions.label, record.predictions.log_probability.astype(np.float64))
    assert measure(again)["auroc"] == pytest.approx(metrics["auroc"], abs=0.01)
