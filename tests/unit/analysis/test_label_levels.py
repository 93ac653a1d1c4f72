"""Levels of several labels under resampled test images are those of scikit-learn with the images' weights."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics as reference
from scipy.special import log_expit

from harness.analysis import labels
from harness.analysis.compare.runs import predictions
from harness.analysis.compare.side import Run
from harness.analysis.ranked import roc_area
from harness.analysis.resampling import resampled
from harness.records.record import Predictions, compact


def answers(seed: int, images: int = 120, ties: bool = False) -> Predictions:
    random = np.random.default_rng(seed)
    truth = (random.random((images, 3)) < [0.5, 0.3, 0.1]).astype(np.int16)
    logits = truth * 1.2 + random.normal(size=truth.shape)
    logits = np.round(logits) if ties else logits
    said = (logits > 0.4).astype(np.int16)
    return Predictions(
        truth, said, log_probability=compact(log_expit(logits)), group=np.arange(images, dtype=np.int32) // 4
    )


@pytest.mark.parametrize("ties", [False, True])
def test_each_row_of_weights_gives_scikit_learns_level(ties: bool) -> None:
    run = answers(0, ties=ties)
    assert run.log_probability is not None
    assert run.group is not None
    weights = resampled(run.group.astype(np.int64))[:6]
    score = run.log_probability.astype(np.float64)
    found = {name: level(run, weights) for name, level in labels.BY_LABEL.items()}
    for at, row in enumerate(weights):
        for label in range(3):
            truth = run.label[:, label]
            expected = {
                "auroc": reference.roc_auc_score(truth, score[:, label], sample_weight=row),
                "average_precision": reference.average_precision_score(truth, score[:, label], sample_weight=row),
                "f1": reference.f1_score(truth, run.predicted[:, label], sample_weight=row),
            }
            told = {name: found[name][at, label] for name in expected}
            assert told == pytest.approx({name: 100 * value for name, value in expected.items()})
        micro = reference.f1_score(run.label.ravel(), run.predicted.ravel(), sample_weight=np.repeat(row, 3))
        assert labels.f1_micro(run, weights)[at, 0] == pytest.approx(100 * micro)


def test_whole_groups_are_drawn_and_widen_the_interval() -> None:
    """Four images of a patient that say the same are one observation."""
    single = answers(1, images=60)
    assert single.log_probability is not None
    repeated = Predictions(
        single.label.repeat(4, axis=0),
        single.predicted.repeat(4, axis=0),
        log_probability=single.log_probability.repeat(4, axis=0),
    )
    units = np.repeat(np.arange(60), 4)
    width = {}
    for name, group in (("images", np.arange(240)), ("patients", units)):
        drawn = labels.levels("average_precision", [[repeated]], resampled(group))[1:, 0]
        width[name] = float(np.ptp(np.quantile(drawn, [0.025, 0.975])))
    assert width["patients"] > 1.5 * width["images"]


def test_a_label_without_a_level_takes_no_part_in_the_mean() -> None:
    run = answers(2)
    run.label[:, 2] = 0
    weights = np.ones((1, 120))
    by_label = labels.auroc(run, weights)[0]
    assert np.isnan(by_label[2])
    assert labels.levels("auroc", [[run]], weights)[0, 0] == pytest.approx(by_label[:2].mean())
    [*_, last] = labels.by_label([run], ("a", "b", "c"), weights.repeat(3, axis=0), (0.025, 0.975))
    assert last["label"] == "c"
    assert last["images"] == 0
    assert np.isnan(last["auroc"])


def test_two_runs_answer_an_image_alike_where_all_labels_are() -> None:
    one = answers(4)
    other = Predictions(one.label, one.predicted.copy())
    other.predicted[:30, 1] ^= 1  # another label of thirty images
    record = {"data": {"test_hash": "x"}}
    section = predictions(Run("a", record, one), Run("b", record, other))
    [(images, equal, only_a, only_b, _)] = section.rows
    assert (images, equal) == (120, 90)
    whole = (one.predicted == one.label).all(axis=1)
    assert only_a == whole[:30].sum()
    changed = (other.predicted == one.label).all(axis=1)
    assert only_b == changed[:30].sum()


@pytest.mark.parametrize("ties", [False, True])
def test_areas_are_those_of_all_pairs(ties: bool) -> None:
    """Counted pair by pair as Hanley and McNeil (1982) do, every pair with its weights."""
    run = answers(5, images=200, ties=ties)
    assert run.log_probability is not None
    weights = resampled(np.arange(200) // 2)[:300]  # more than two blocks of them
    for label in range(3):
        is_it, score = run.label[:, label] == 1, run.log_probability[:, label].astype(np.float64)
        first, second = score[is_it, None], score[None, ~is_it]
        above = (first > second) + 0.5 * (first == second)
        won = ((weights[:, is_it] @ above) * weights[:, ~is_it]).sum(axis=1)
        pairs = weights[:, is_it].sum(axis=1) * weights[:, ~is_it].sum(axis=1)
        np.testing.assert_allclose(roc_area(is_it, score, weights), won / pairs, rtol=1e-12)


def test_beyond_a_hundred_thousand_decisions_the_interval_is_that_of_the_structural_components() -> None:
    """DeLong's standard error by cluster (Obuchowski 1997): what the bootstrap over patients has to come to."""
    random = np.random.default_rng(6)
    patients, each = 3_600, 7
    patient = np.arange(patients).repeat(each)
    is_it = (random.random((patients, 4)) < [0.1, 0.0, 0.0, 0.0])[patient]  # a label without images costs no time
    score = (is_it + random.normal(size=(patients, 4))[patient] + random.normal(size=is_it.shape)).astype(np.float16)
    assert is_it.size > 100_000
    found = labels.auroc(
        Predictions(is_it.astype(np.int16), is_it.astype(np.int16), log_probability=score), resampled(patient)
    )
    ranked, is_it = score[:, 0].astype(np.float64), is_it[:, 0]
    places, middle = np.sort(ranked[~is_it]), np.sort(ranked[is_it])
    below = (np.searchsorted(places, ranked[is_it], "left") + np.searchsorted(places, ranked[is_it], "right")) / 2
    above = (np.searchsorted(middle, ranked[~is_it], "left") + np.searchsorted(middle, ranked[~is_it], "right")) / 2
    components = np.empty(len(is_it))
    area = below.mean() / len(places)
    components[is_it] = (below / len(places) - area) / is_it.sum()
    components[~is_it] = (1 - above / len(middle) - area) / (~is_it).sum()
    by_patient = np.bincount(patient, weights=components)
    error = 100 * np.sqrt(patients / (patients - 1) * np.square(by_patient).sum())
    assert found[0, 0] == pytest.approx(100 * area)
    low, high = np.quantile(found[1:, 0], (0.025, 0.975))
    assert (high - low) / 2 == pytest.approx(1.96 * error, rel=0.12)  # 1,000 resamples know it to 4 %, three times that
    independent = 100 * np.sqrt(np.square(components).sum())
    assert error > 1.1 * independent, "patients matter here"
