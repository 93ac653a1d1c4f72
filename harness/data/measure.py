"""The answers of a classifier, and all metrics of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax
from torch import Tensor

from harness.spec.errors import RequestError
from harness.spec.variants import load_variant, suggest, variants

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Scores:
    """Labels [N] as class indices and logits [N, C] of as many images; `positive` is the class sought where C is 2."""

    labels: Ints
    logits: Floats
    positive: int = -1

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


PACKAGE = "harness.data.metrics"


def scores_of(logits: Tensor, labels: Tensor, positive: int = -1) -> Scores:
    """Scores from logits, float [N, C], and labels, int64 [N], on any device."""
    return Scores(labels.cpu().numpy().astype(np.int64), logits.float().cpu().numpy(), positive)


def measure(scores: Scores, prefix: str = "") -> dict[str, Any]:
    """Every metric of `harness.data.metrics` by its name, None where it is undefined; with a prefix, numbers alone."""
    found = {name: load_variant(PACKAGE, name)(scores) for name in variants(PACKAGE)}
    return {f"{prefix}{name}": _told(value) for name, value in found.items() if not prefix or isinstance(value, float)}


def _told(value: Any) -> Any:
    """NaN is unequal to itself, which records must not be."""
    if isinstance(value, np.ndarray):
        return _told(value.tolist())
    if isinstance(value, list):
        return [_told(entry) for entry in value]
    return None if isinstance(value, float) and math.isnan(value) else value
