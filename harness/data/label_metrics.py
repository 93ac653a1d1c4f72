"""What the answers are worth where an image has several labels: each public function is one metric, found by its name.

A metric is a function `(scores) -> float | list` of `LabelScores`; as in `harness.data.metrics`, every run records all
of them, fractions are in percent, and what cannot be told is NaN. Names that both have mean the same: the mean over
labels of "has it" against "has it not". Tests hold each equal to scikit-learn's.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import expit

from harness.data.measure import Flags, Floats, Ints, LabelScores
from harness.data.metrics import BINS
from harness.data.ranking import mean_known, precision_recall_area, roc_area

MOST_LABELS_SHOWN = 100
"""Lists by label belong to no record beyond so many."""


def _ranked(scores: LabelScores, measure: Callable[[Flags, Floats], float]) -> Floats:
    found = np.full(scores.classes, np.nan)
    if np.isfinite(scores.logits).all():
        for label in np.flatnonzero(scores.labels.any(axis=0) & ~scores.labels.all(axis=0)):
            found[label] = 100 * measure(scores.labels[:, label] == 1, scores.logits[:, label])
    return found


def _f1(labels: Ints, predicted: Flags) -> Floats:
    """Of each column of [N, L], percent."""
    hits: Ints = (labels * predicted).sum(axis=0)
    either = labels.sum(axis=0) + predicted.sum(axis=0)
    found: Floats = 200 * hits / np.where(either > 0, either, np.nan)
    return found


def auroc_by_label(scores: LabelScores) -> Floats:
    """Chance in percent that an image with the label is ranked above one without; NaN where all or none have it."""
    return _ranked(scores, roc_area)


def average_precision_by_label(scores: LabelScores) -> Floats:
    """Area under each label's precision-recall curve, percent; guessing gives the fraction of images that have it."""
    return _ranked(scores, precision_recall_area)


def auroc(scores: LabelScores) -> float:
    """The mean over labels, percent: scikit-learn's `average="macro"`; a label that all or none have takes no part."""
    return mean_known(auroc_by_label(scores))


def average_precision(scores: LabelScores) -> float:
    """Mean average precision (mAP) over labels, percent; a label that all or none have takes no part."""
    return mean_known(average_precision_by_label(scores))


def f1_by_label(scores: LabelScores) -> Floats:
    """Harmonic mean of precision and recall at each label's threshold, percent; NaN for one never there, never said."""
    return _f1(scores.labels, scores.predicted)


def f1_macro(scores: LabelScores) -> float:
    """The mean over labels at their thresholds, percent. A label that is never there and never said takes no part."""
    return mean_known(_f1(scores.labels, scores.predicted))


def f1_micro(scores: LabelScores) -> float:
    """Of all decisions about all labels together, at their thresholds, percent: frequent labels count for more."""
    return float(_f1(scores.labels.reshape(-1, 1), scores.predicted.reshape(-1, 1))[0])


def f1_macro_half(scores: LabelScores) -> float:
    """`f1_macro` where a label is said at a probability of 0.5, as most scripts do."""
    return f1_macro(scores.at(None))


def f1_micro_half(scores: LabelScores) -> float:
    """`f1_micro` at a probability of 0.5."""
    return f1_micro(scores.at(None))


def exact_match(scores: LabelScores) -> float:
    """Percentage of images all of whose labels are right: scikit-learn's accuracy of several labels."""
    return 100 * float((scores.predicted == scores.labels).all(axis=1).mean())


def brier_score(scores: LabelScores) -> float:
    """Mean squared distance of the probabilities to the truth, over images and labels: 0 is perfect, 1 the worst."""
    return float(np.square(scores.probability - scores.labels).mean())


def calibration_error(scores: LabelScores) -> float:
    """Mean distance between probability and frequency over 15 bins of all decisions, weighted by their number; points.

    A label's probability of being there against how often it is (torchmetrics' `BinaryCalibrationError`, L1).
    """
    probability = scores.probability.ravel()
    if not np.isfinite(probability).all():
        return float("nan")
    bins = np.minimum((probability * BINS).astype(int), BINS - 1)
    gap = np.bincount(bins, weights=scores.labels.ravel() - probability, minlength=BINS)
    return 100 * float(np.abs(gap).sum()) / len(probability)


def _at_operating_points(scores: LabelScores, having: int) -> Floats:
    """Percent of the images with each label that are said to have it (1), or of those without that are not (0)."""
    if scores.operating is None:
        return np.full(scores.classes, np.nan)
    among = scores.labels == having
    right = (among & (scores.said == having)).sum(axis=0)
    counted = (among.sum(axis=0) > 0) & ~np.isnan(scores.operating)
    found: Floats = 100 * right / np.where(counted, among.sum(axis=0), np.nan)
    return found


def sensitivity_at_specificity_by_label(scores: LabelScores) -> Floats:
    """Percentage of the images with the label that are found, where the validation part keeps `metrics.specificity`."""
    return _at_operating_points(scores, 1)


def specificity_reached_by_label(scores: LabelScores) -> Floats:
    """The specificity at each label's point on these images, percent: on others than it was chosen on, not quite it."""
    return _at_operating_points(scores, 0)


def sensitivity_at_specificity(scores: LabelScores) -> float:
    """The mean over labels, percent; a label that no image has takes no part."""
    return mean_known(sensitivity_at_specificity_by_label(scores))


def specificity_reached(scores: LabelScores) -> float:
    """The mean over labels, percent."""
    return mean_known(specificity_reached_by_label(scores))


def operating_points(scores: LabelScores) -> list[float]:
    """The probability above which each label is said, where the validation part keeps `metrics.specificity`."""
    if scores.operating is None or scores.classes > MOST_LABELS_SHOWN:
        return []
    found: list[float] = expit(scores.operating).tolist()
    return found


def thresholds(scores: LabelScores) -> list[float]:
    """The probability from which each label is said, as it was chosen on the validation part."""
    found: list[float] = scores.thresholds.tolist()
    return found if len(found) <= MOST_LABELS_SHOWN else []
