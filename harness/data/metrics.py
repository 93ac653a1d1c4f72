"""What a classifier's answers are worth: each public function is one metric, found by its name.

A metric is a function `(scores) -> float | list | array` of `Scores`. Every run records all of them, on its test and
on its validation part. Fractions are in percent. What cannot be told (the area under a curve where one class alone
occurs) is NaN, which records hold as null.

Tests hold each equal to scikit-learn's where that has the same definition. They are computed here as all of them share
one confusion matrix and one softmax: for 540 images of 10 classes, balanced accuracy takes 0.01 ms against 1.9 ms
there.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from harness.data.measure import Flags, Floats, Ints, Scores
from harness.data.ranking import mean_known, precision_recall_area, roc_area

MOST_CLASSES_RANKED = 100
"""Ranking all images anew for each class is left out beyond so many: nobody reads it, and it takes seconds."""


def _percent(hits: Ints, total: Ints) -> Floats:
    """Percentages; NaN where there is nothing to count."""
    with np.errstate(invalid="ignore"):
        return 100 * hits / np.where(total > 0, total, np.nan)


def _binary_or_macro(values: Floats, scores: Scores) -> float:
    """The positive class' value where there are two classes, else the mean over the classes that have one."""
    return float(values[scores.sought]) if scores.classes == 2 else mean_known(values)


def _one_against_rest(scores: Scores, measure: Callable[[Flags, Floats], float]) -> float:
    """Percent: `measure(is_it, log_probability)` of the positive class, or its mean over the classes of the labels.

    NaN where a class makes up all of the labels, where logits are not finite, and beyond `MOST_CLASSES_RANKED`.
    """
    present = np.bincount(scores.labels, minlength=scores.classes) > 0
    if present.sum() < 2 or scores.classes > MOST_CLASSES_RANKED or not np.isfinite(scores.logits).all():
        return float("nan")
    classes = [scores.sought] if scores.classes == 2 else np.flatnonzero(present)
    each = [measure(scores.labels == label, scores.log_probability[:, label]) for label in classes]
    return 100 * float(np.mean(each))


def recall_by_class(scores: Scores) -> Floats:
    """Percentage of each class' images that are recognised; NaN for a class without images."""
    return _percent(scores.confusion.diagonal(), scores.confusion.sum(1))


def specificity_by_class(scores: Scores) -> Floats:
    """Percentage of the other classes' images that are not taken for each class; NaN where there are none."""
    others = scores.confusion.sum() - scores.confusion.sum(1)
    mistaken = scores.confusion.sum(0) - scores.confusion.diagonal()
    return _percent(others - mistaken, others)


def auroc(scores: Scores) -> float:
    """Chance in percent that an image of the positive class is ranked above another; ties count half.

    With more than two classes the mean over classes of one against the rest. Counted pair by pair, as Hanley and
    McNeil (1982) show the area to be; equal to scikit-learn's, whose curve costs ten times as much.
    """
    return _one_against_rest(scores, roc_area)


def average_precision(scores: Scores) -> float:
    """Area under the precision-recall curve of the positive class, percent; guessing gives that class' frequency.

    The sum of precisions weighted by the rise in recall, without interpolation: scikit-learn's definition, at a tenth
    of its time. With more than two classes the mean over classes of one against the rest.
    """
    return _one_against_rest(scores, precision_recall_area)


def balanced_accuracy(scores: Scores) -> float:
    """Mean recall over the classes that occur, percent; guessing gives 100 / C however unequal the classes are.

    Brodersen et al., "The Balanced Accuracy and Its Posterior Distribution" (2010).
    """
    return mean_known(np.array(recall_by_class(scores)))


def brier_score(scores: Scores) -> float:
    """Mean squared distance of the probabilities to the truth over all classes: 0 is perfect, 2 the worst.

    Brier (1950) in its original form; with two classes twice what scikit-learn gives by default.
    """
    distance = scores.probability.copy()
    distance[np.arange(len(distance)), scores.labels] -= 1
    return float(np.square(distance).sum(1).mean())


BINS = 15


def calibration_error(scores: Scores) -> float:
    """Mean distance between confidence and accuracy over 15 bins of equal width, weighted by their images; points.

    Guo et al., "On Calibration of Modern Neural Networks" (2017), equation 3, with the number of bins of their tables.
    """
    confidence = scores.probability.max(1)
    right = scores.predicted == scores.labels
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1) if np.isfinite(confidence).all() else None
    if bins is None:
        return float("nan")
    gap = np.bincount(bins, weights=right - confidence, minlength=BINS)
    return 100 * float(np.abs(gap).sum()) / len(right)


MOST_CLASSES_SHOWN = 20
"""A larger one belongs to no record; the stored predictions give it at any time."""


def confusion_matrix(scores: Scores) -> list[list[int]]:
    """Counts, true classes in rows, answers in columns; empty for more than 20 classes."""
    matrix: list[list[int]] = scores.confusion.tolist() if scores.classes <= MOST_CLASSES_SHOWN else []
    return matrix


def f1(scores: Scores) -> float:
    """Harmonic mean of precision and recall of the positive class, percent; with more than two classes their mean.

    A class that is neither there nor ever answered has none.
    """
    hits = scores.confusion.diagonal()
    return _binary_or_macro(_percent(2 * hits, scores.confusion.sum(0) + scores.confusion.sum(1)), scores)


def _at_operating_points(scores: Scores, of_the_others: bool) -> float:
    """Percent of each class' images that are said, or of the others that are not: the positive class', or the mean."""
    if scores.operating is None or scores.classes > MOST_CLASSES_RANKED:
        return float("nan")
    is_it = scores.labels[:, None] == np.arange(scores.classes)
    among = ~is_it if of_the_others else is_it
    right = among & (scores.said == is_it)
    each = np.where(np.isnan(scores.operating), np.nan, _percent(right.sum(axis=0), among.sum(axis=0)))
    return _binary_or_macro(each, scores)


def operating_points(scores: Scores) -> list[float]:
    """The probability above which each class is said; empty before they are chosen, and for more than 20 classes."""
    if scores.operating is None or scores.classes > MOST_CLASSES_SHOWN:
        return []
    found: list[float] = np.exp(scores.operating).tolist()
    return found


def sensitivity_at_specificity(scores: Scores) -> float:
    """Percentage of the positive class' images that are found, at the point where the validation part keeps a
    specificity (`metrics.specificity`); with more than two classes the mean of one against the rest.
    """
    return _at_operating_points(scores, of_the_others=False)


def specificity_reached(scores: Scores) -> float:
    """The specificity at that point on these images, percent: on others than it was chosen on, not quite the asked."""
    return _at_operating_points(scores, of_the_others=True)


def sensitivity(scores: Scores) -> float:
    """Recall of the positive class in percent; with more than two classes the mean over classes."""
    return _binary_or_macro(np.array(recall_by_class(scores)), scores)


def specificity(scores: Scores) -> float:
    """Specificity of the positive class in percent; with more than two classes the mean over classes."""
    return _binary_or_macro(np.array(specificity_by_class(scores)), scores)
