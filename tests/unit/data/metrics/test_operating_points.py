"""Sensitivity where a specificity is kept: the point is chosen on the validation part, and read on the test part."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn import metrics as reference

from harness.data.measure import LabelScores, Scores, measure
from harness.records.record import Record
from harness.spec.spec import Metrics, Spec


def of_classes(seed: int, images: int = 500, classes: int = 2, ties: bool = False) -> Scores:
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, images)
    logits = random.normal(size=(images, classes))
    logits[np.arange(images), labels] += 1
    return Scores(labels, np.round(logits * 4) / 4 if ties else logits)


def of_labels(seed: int, images: int = 500) -> LabelScores:
    random = np.random.default_rng(seed)
    labels = (random.random((images, 3)) < [0.5, 0.2, 0.05]).astype(np.int64)
    return LabelScores(labels, labels * 1.5 + random.normal(size=labels.shape), np.full(3, 0.5))


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("specificity", [80.0, 90.0, 95.5])
def test_on_its_own_images_the_point_is_the_best_of_the_roc_curve(specificity: float, ties: bool) -> None:
    scores = of_classes(0, ties=ties)
    scores = scores.decided(scores, Metrics(specificity=specificity))
    found = measure(scores)
    wrongly, found_of, _ = reference.roc_curve(
        scores.labels, scores.log_probability[:, 1], drop_intermediate=False
    )  # every point that a threshold can reach
    best = found_of[100 * (1 - wrongly) >= specificity - 1e-9].max()
    assert found["sensitivity_at_specificity"] == pytest.approx(100 * best)
    assert found["specificity_reached"] >= specificity - 1e-9


def test_the_point_is_the_validation_parts_and_the_test_part_takes_what_comes() -> None:
    validation, test = of_classes(1, images=100), of_classes(2)
    found = measure(test.decided(validation, Metrics()))
    threshold = np.sort(validation.log_probability[validation.labels == 0, 1])[::-1]
    said = test.log_probability[:, 1] > threshold[int(0.1 * len(threshold))]
    assert found["sensitivity_at_specificity"] == pytest.approx(100 * reference.recall_score(test.labels, said))
    assert found["specificity_reached"] == pytest.approx(100 * reference.recall_score(1 - test.labels, ~said))
    assert found["specificity_reached"] != pytest.approx(90, abs=1e-3)
    assert found["operating_points"][1] == pytest.approx(np.exp(threshold[int(0.1 * len(threshold))]))


def test_ten_of_a_hundred_may_be_mistaken_and_no_more() -> None:
    """0.1 x 10 is less than 1 in floating point; a point that allowed none would lose what is promised."""
    for others in (10, 20, 30, 70, 100):
        labels = np.repeat([0, 1], [others, 1])
        logits = np.stack([np.zeros(others + 1), np.append(np.arange(others) / others, 5.0)], axis=1)
        scores = Scores(labels, logits)
        found = measure(scores.decided(scores, Metrics()))
        assert found["specificity_reached"] == pytest.approx(90)


def test_the_positive_class_is_the_one_that_is_found() -> None:
    scores = of_classes(3)
    other = Scores(scores.labels, scores.logits, positive=0)
    turned = Scores(1 - scores.labels, scores.logits[:, ::-1].copy())
    found, expected = (measure(each.decided(each, Metrics())) for each in (other, turned))
    assert found["sensitivity_at_specificity"] == pytest.approx(expected["sensitivity_at_specificity"])


def test_of_many_classes_and_of_several_labels_it_is_the_mean_of_one_against_the_rest() -> None:
    many = of_classes(4, classes=4)
    several = of_labels(4)
    found = measure(several.decided(several, Metrics(specificity=85)))
    assert found["sensitivity_at_specificity"] == pytest.approx(np.mean(found["sensitivity_at_specificity_by_label"]))
    for label in range(3):
        logits = np.stack([np.zeros(500), several.logits[:, label]], axis=1)
        alone = Scores(several.labels[:, label], logits)
        expected = measure(alone.decided(alone, Metrics(specificity=85)))
        assert found["sensitivity_at_specificity_by_label"][label] == pytest.approx(
            expected["sensitivity_at_specificity"]
        )
        assert found["specificity_reached_by_label"][label] == pytest.approx(expected["specificity_reached"])
        assert found["operating_points"][label] == pytest.approx(expected["operating_points"][1])
    each = []
    for label in range(4):
        ranked = many.log_probability[:, label]
        threshold = np.sort(ranked[many.labels != label])[::-1][int(0.1 * (many.labels != label).sum() + 1e-9)]
        each.append(100 * (ranked[many.labels == label] > threshold).mean())
    told = measure(many.decided(many, Metrics()))["sensitivity_at_specificity"]
    assert told == pytest.approx(np.mean(each))


def test_what_cannot_be_told_is_null() -> None:
    scores = of_classes(5)
    assert measure(scores)["sensitivity_at_specificity"] is None, "no point was chosen"
    one_class = Scores(np.ones(5, np.int64), scores.logits[:5])
    told = measure(scores.decided(one_class, Metrics()))
    assert told["sensitivity_at_specificity"] is None, "the validation part has none of the others"
    lost = Scores(scores.labels, np.full(scores.logits.shape, np.nan))
    assert measure(lost.decided(lost, Metrics()))["sensitivity_at_specificity"] is None
    several = of_labels(5)
    none = LabelScores(np.zeros_like(several.labels), several.logits, several.thresholds)
    assert measure(none.decided(several, Metrics()))["sensitivity_at_specificity"] is None
    assert measure(none.decided(several, Metrics()))["specificity_reached"] is not None


def test_a_point_chosen_on_the_test_part_would_promise_more() -> None:
    """Why it is chosen on the validation part: few images let a point fit their noise."""
    promised, kept = [], []
    for seed in range(60):
        validation, test = of_classes(seed, images=40), of_classes(seed + 1000, images=40)
        promised.append(measure(test.decided(test, Metrics()))["specificity_reached"])
        kept.append(measure(test.decided(validation, Metrics()))["specificity_reached"])
    assert np.mean(promised) > np.mean(kept) + 1


def test_a_run_records_it_for_both_parts(quick: Callable[..., Spec], trained: Callable[[Spec], Record]) -> None:
    usual, strict = (trained(quick(metrics={"specificity": value})) for value in (90, 99))
    for record in (usual, strict):
        asked = record.spec.get("metrics", {}).get("specificity", 90)
        assert record.metrics["val_specificity_reached"] >= asked - 1e-9
        assert 0 <= record.metrics["sensitivity_at_specificity"] <= 100
        assert len(record.metrics["operating_points"]) == record.data["num_classes"]
        answers = record.predictions
        assert answers is not None
        assert answers.operating is not None
        right = [100 * answers.operating[answers.label == each, each].mean() for each in np.unique(answers.label)]
        assert record.metrics["sensitivity_at_specificity"] == pytest.approx(np.mean(right))
    assert usual.run_id != strict.run_id
    assert usual.metrics["auroc"] == strict.metrics["auroc"]
    assert strict.metrics["val_sensitivity_at_specificity"] <= usual.metrics["val_sensitivity_at_specificity"]
