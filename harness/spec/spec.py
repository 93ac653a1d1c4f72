"""The spec: all that is asked of a run and can change its numbers, typed and validated, and nothing else.

One class for each config group. A field's default is neutral: left at it, a field does not enter the run's
identity, so a new field with a neutral default keeps every old id. Paths are carried along to find the files,
but what enters the identity is the fingerprint of the content behind them and a short label.
"""

from __future__ import annotations

from pydantic import Field, model_validator

from harness.spec._data_groups import Data, Shift, Transforms
from harness.spec._model_groups import Backbone, Bridge, Creation, Init, Regularization, Target, Weights
from harness.spec._training_groups import SCHEDULES, Evaluation, Metrics, Recipe, Transfer
from harness.spec.fingerprint import LENGTH, fingerprint_file
from harness.spec.packaged import packaged_weights
from harness.spec.part import Part, Variant
from harness.spec.paths import bundled_file

__all__ = [
    "SCHEDULES",
    "Backbone",
    "Bridge",
    "Creation",
    "Data",
    "Evaluation",
    "Init",
    "Metrics",
    "Part",
    "Recipe",
    "Regularization",
    "Shift",
    "Spec",
    "Target",
    "Transfer",
    "Transforms",
    "Variant",
    "Weights",
]


class Spec(Part):
    """One run: one fully resolved configuration with one seed."""

    backbone: Backbone = Backbone()
    weights: Weights = Weights()
    creation: Creation = Creation()
    init: Init = Init()
    data: Data = Data()
    transforms: Transforms = Transforms()
    regularization: Regularization = Regularization()
    transfer: Transfer = Transfer()
    recipe: Recipe = Recipe()
    metrics: Metrics = Metrics()
    evaluation: Evaluation = Evaluation()
    shift: Shift = Shift()
    bridge: Bridge = Bridge()
    seed: int = Field(default=0, ge=0, lt=2**31, description="of everything random; methods are paired by it")
    replicate: int = Field(default=0, ge=0, lt=2**31, description="other random numbers for head and dropout alone")

    @model_validator(mode="after")
    def _identify_carried(self) -> Spec:
        """Weights that this package or another one carries enter the identity with their content.

        Those made anew by `make upstream` are other weights. Of another package the published content is meant, whether
        or not it is installed here: where it is not, or another file lies there, nothing is trained.
        """
        for part in (self, self.bridge.to):
            if part is None or part.weights.fingerprint is not None:
                continue
            fingerprint = _fingerprint(part.weights.name, part.backbone.name)
            if fingerprint is not None:
                object.__setattr__(part, "weights", part.weights.model_copy(update={"fingerprint": fingerprint}))
        return self


def _fingerprint(weights: str, architecture: str) -> str | None:
    """Of the weights that a package carries for an architecture."""
    if weights == "bundled":
        file = bundled_file(architecture)
        return fingerprint_file(file) if file.is_file() else None
    known = packaged_weights(architecture) if weights == "package" else None
    return None if known is None else known.sha256[:LENGTH]
