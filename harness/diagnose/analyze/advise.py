"""What advice may rest on, and all advice, in the order in which it is best read."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from harness.diagnose.analyze.describe import Description
from harness.spec.spec import Spec
from harness.spec.variants import load_variant, variants
from harness.training.recipe.defaults import Recommendation


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
    def several(self) -> bool:
        """Whether an image has several labels in place of one class."""
        return self.train.labels is not None

    @property
    def own_weights(self) -> bool:
        """Whether the request brings weights of its own."""
        return self.spec.weights.name not in ("bundled", "none")


PACKAGE = "harness.diagnose.analyze.advice"
_FIRST = ("profile", "groups", "resolution", "model")


def advise(facts: Facts, settled: frozenset[str]) -> list[Recommendation]:
    """Every choice that follows from the training part, but for the keys that the request has settled."""
    names = [*_FIRST, *(name for name in variants(PACKAGE) if name not in _FIRST)]
    found = [choice for name in names for choice in load_variant(PACKAGE, name)(facts)]
    return [choice for choice in found if choice.key not in settled]


def override(choice: Recommendation) -> str:
    """A choice as Hydra reads it."""
    value = choice.value
    if isinstance(value, str) and not value.replace("_", "").replace(".", "").isalnum():
        value = "'" + value.replace("'", "\\'") + "'"
    return f"{choice.key}={'true' if value is True else 'false' if value is False else value}"


def command(asked: tuple[str, ...], choices: list[Recommendation]) -> str:
    """The run that follows, ready to be pasted into a shell."""
    return shlex.join(["harness", *asked, *map(override, choices)])
