"""The answers that metrics are computed from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax

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
        cells = self.labels * self.classes + self.predicted
        return np.bincount(cells, minlength=self.classes**2).reshape(self.classes, self.classes)

    @property
    def sought(self) -> int:
        """Index of the positive class."""
        return self.positive % self.classes
