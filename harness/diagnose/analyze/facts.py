"""What advice may rest on: the training part, and what the request has settled."""

from __future__ import annotations

from dataclasses import dataclass

from harness.diagnose.analyze.describe import Description
from harness.spec.spec import Spec


@dataclass(frozen=True)
class Facts:
    """The request's spec, the classes, the training part's description and the names of its images."""

    spec: Spec
    classes: tuple[str, ...]
    train: Description
    names: tuple[str, ...]

    @property
    def side(self) -> float:
        """Median of the shorter sides, in pixels."""
        return self.train.short_side["median"]

    @property
    def all_grey(self) -> bool:
        """Whether no image has colour, be it in grey or in RGB."""
        return self.train.grey == self.train.images

    @property
    def own_weights(self) -> bool:
        """Whether the request brings weights of its own."""
        return self.spec.weights.name not in ("bundled", "none")
