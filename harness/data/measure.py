"""The answers of a classifier, and all metrics of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from scipy.special import expit, log_expit, log_softmax
from torch import Tensor

from harness.data.ranking import operating_point
from harness.spec.errors import RequestError
from harness.spec.spec import Metrics
from harness.spec.variants import load_variant, suggest, variants

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Scores:
    """Labels [N] as class indices and logits [N, C] of as many images; `positive` is the class sought where C is 2.

    `operating` are the log-probabilities [C] above which a class is said where a specificity is kept; None before they
    are chosen.
    """

    metrics: ClassVar[str] = "harness.data.metrics"
    labels: Ints
    logits: Floats
    positive: int = -1
    operating: npt.NDArray[np.float64] | None = None

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return int(self.logits.shape[1])

    @cached_property
    def predicted(self) -> Ints:
        """The class of the largest logit, [N]."""
        found: Ints = self.logits.argmax(1)
        return found

    @cached_property
    def log_probability(self) -> Floats:
        """Log-softmax of the logits, [N, C]."""
        found: Floats = log_softmax(self.logits, axis=1)
        return found

    @cached_property
    def probability(self) -> Floats:
        """Softmax of the logits, [N, C]."""
        return np.exp(self.log_probability)

    @cached_property
    def confusion(self) -> Ints:
        """Counts [C, C]: how many images of each class (row) are taken for each class (column)."""
        places = self.labels * self.classes + self.predicted
        return np.bincount(places, minlength=self.classes**2).reshape(self.classes, self.classes)

    @property
    def sought(self) -> int:
        """Index of the positive class."""
        return self.positive % self.classes

    def operating_at(self, specificity: float) -> npt.NDArray[np.float64]:
        """Each class' operating point [C] that keeps `specificity` (percent) against all others on these images."""
        if not np.isfinite(self.logits).all():
            return np.full(self.classes, np.nan)
        ranked = enumerate(self.log_probability.T)
        return np.array([operating_point(self.labels == label, score, specificity) for label, score in ranked])

    @cached_property
    def said(self) -> Flags:
        """Which classes are said at their operating points, [N, C]; none before these are chosen."""
        found: Flags = self.log_probability > (np.nan if self.operating is None else self.operating)
        return found

    def decided(self, validated: Scores, asked: Metrics) -> Scores:
        """The same answers with the operating points that the validation part's choose."""
        return replace(self, operating=validated.operating_at(asked.specificity))


HALF = 0.5


@dataclass(frozen=True, eq=False)
class LabelScores:
    """Labels [N, L] of 0 and 1 and logits [N, L] of as many images; a label is said from its threshold on, [L].

    Thresholds are probabilities: 0.5 where none were chosen. `operating` are the logits [L] above which a label is said
    where a specificity is kept; None before they are chosen.
    """

    metrics: ClassVar[str] = "harness.data.label_metrics"
    labels: Ints
    logits: Floats
    thresholds: npt.NDArray[np.float64]
    operating: npt.NDArray[np.float64] | None = None

    @property
    def classes(self) -> int:
        """How many labels there are."""
        return int(self.labels.shape[1])

    @cached_property
    def log_probability(self) -> Floats:
        """Log-sigmoid of the logits, [N, L]."""
        found: Floats = log_expit(self.logits)
        return found

    @cached_property
    def probability(self) -> Floats:
        """Sigmoid of the logits, [N, L]."""
        found: Floats = expit(self.logits)
        return found

    @cached_property
    def predicted(self) -> Flags:
        """Which labels are said, [N, L]; none where a logit is no number."""
        found: Flags = self.probability >= self.thresholds
        return found

    def at(self, thresholds: npt.NDArray[np.float64] | None) -> LabelScores:
        """The same answers at other thresholds [L]; None is 0.5 for all."""
        return replace(self, thresholds=np.full(self.classes, HALF) if thresholds is None else thresholds)

    def operating_at(self, specificity: float) -> npt.NDArray[np.float64]:
        """Each label's operating point [L] that keeps `specificity` (percent) on these images."""
        if not np.isfinite(self.logits).all():
            return np.full(self.classes, np.nan)
        ranked = zip(self.labels.T == 1, self.logits.T, strict=True)
        return np.array([operating_point(is_it, score, specificity) for is_it, score in ranked])

    @cached_property
    def said(self) -> Flags:
        """Which labels are said at their operating points, [N, L]; none before these are chosen."""
        found: Flags = self.logits > (np.nan if self.operating is None else self.operating)
        return found

    def decided(self, validated: LabelScores, asked: Metrics) -> LabelScores:
        """The same answers with the thresholds and operating points that the validation part's choose."""
        chosen = validated.chosen(asked.threshold)
        return replace(self, thresholds=chosen, operating=validated.operating_at(asked.specificity))

    def chosen(self, way: str) -> npt.NDArray[np.float64]:
        """The thresholds [L] with the largest F1 on these images, as `metrics.threshold` asks for them.

        `each` label's own; `one` for all, by all decisions together; `half` is 0.5. Of equally good ones the largest;
        0.5 for a label that no image has, and where a logit is no number. They overfit the images that they are chosen
        on (Lipton et al. 2014, "Optimal thresholding of classifiers to maximize F1 measure").
        """
        if way == "half" or not np.isfinite(self.logits).all():
            return np.full(self.classes, HALF)
        if way == "one":
            return np.full(self.classes, _best_threshold(self.labels.ravel(), self.probability.ravel()))
        return np.array([_best_threshold(*each) for each in zip(self.labels.T, self.probability.T, strict=True)])


def _best_threshold(labels: Ints, probability: Floats) -> float:
    order = np.argsort(-probability, kind="stable")
    hits, said = np.cumsum(labels[order]), np.arange(1, len(labels) + 1)
    if not hits[-1]:
        return HALF
    score = 2 * hits / (said + hits[-1])
    last = np.append(np.diff(probability[order]) < 0, True)  # equal probabilities are said together
    return float(probability[order][np.argmax(np.where(last, score, -1.0))])


def positive_class(name: str | None, classes: tuple[str, ...]) -> int:
    """Index of the class that `metrics.positive` names; the last one for None.

    Raises:
        RequestError: there is no such class, or there are more than two.
    """
    if name is None:
        return len(classes) - 1
    if name not in classes:
        raise RequestError(f"metrics.positive: there is no class '{name}'; {suggest(name, classes)}")
    if len(classes) != 2:
        raise RequestError(
            f"metrics.positive: has no effect on {len(classes)} classes, over which metrics are means; leave it out"
        )
    return classes.index(name)


def scores_of(logits: Tensor, labels: Tensor, positive: int = -1) -> Scores | LabelScores:
    """Scores from logits, float [N, C], and labels, int64 [N] or of several labels [N, L], on any device."""
    truth, answers = labels.cpu().numpy().astype(np.int64), logits.float().cpu().numpy()
    if truth.ndim == 2:
        width = truth.shape[1]  # a head that a known-faulty creation left too wide has outputs that belong to no label
        return LabelScores(truth, answers[:, :width], np.full(width, HALF))
    return Scores(truth, answers, positive)


def measure(scores: Scores | LabelScores, prefix: str = "") -> dict[str, Any]:
    """Every metric for such scores by its name, None where it is undefined; with a prefix, numbers alone."""
    package = scores.metrics
    found = {name: load_variant(package, name)(scores) for name in variants(package)}
    return {f"{prefix}{name}": _told(value) for name, value in found.items() if not prefix or isinstance(value, float)}


def _told(value: Any) -> Any:
    """NaN is unequal to itself, which records must not be."""
    if isinstance(value, np.ndarray):
        return _told(value.tolist())
    if isinstance(value, list):
        return [_told(entry) for entry in value]
    return None if isinstance(value, float) and math.isnan(value) else value
