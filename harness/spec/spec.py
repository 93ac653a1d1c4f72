"""The spec: all that is asked of a run and can change its numbers, typed and validated, and nothing else.

One class for each config group. A field's default is neutral: left at it, a field does not enter the run's
identity, so a new field with a neutral default keeps every old id. Paths are carried along to find the files,
but what enters the identity is the fingerprint of the content behind them and a short label.

A spec with a `bridge` is a hybrid of two creations; what follows the class gives the specs of these.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field, model_validator

from harness.spec._data_groups import MULTILABEL, Data, Shift, Transforms
from harness.spec._model_groups import TRAIN_MODE, Backbone, Bridge, Creation, Init, Regularization, Target, Weights
from harness.spec._training_groups import KEEP_NORM, SCHEDULES, TRAIN_BATCHNORM, Evaluation, Metrics, Recipe, Transfer
from harness.spec.fingerprint import LENGTH, fingerprint_file
from harness.spec.packaged import packaged_weights
from harness.spec.part import Part, Variant
from harness.spec.paths import bundled_file

__all__ = [
    "KEEP_NORM",
    "MULTILABEL",
    "SCHEDULES",
    "TRAIN_BATCHNORM",
    "TRAIN_MODE",
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


GROUPS = ("backbone", "weights", "creation", "init", "regularization")
"""What a model is made by, beside `NORM_KEYS`."""

NORM_KEYS = ("norm", "frozen_norms")
"""Keys of `transfer` that two creations of a bridge may differ in."""


def hybrid(first: Spec, second: Spec, takes: Iterable[str]) -> Spec:
    """The first creation with these factors of the second; without a factor it is the first itself."""
    wanted = tuple(sorted(takes))
    if not wanted:
        return first
    norms = {key: getattr(second.transfer, key) for key in NORM_KEYS}
    target = Target(**{group: getattr(second, group) for group in GROUPS}, **norms)
    return first.model_copy(update={"bridge": Bridge(to=target, takes=wanted)})


def ends(spec: Spec) -> tuple[Spec, Spec]:
    """The creations that a hybrid lies between; an ordinary run is both."""
    first, to = spec.model_copy(update={"bridge": Bridge()}), spec.bridge.to
    if to is None:
        return first, first
    groups = {group: getattr(to, group) for group in GROUPS}
    transfer = first.transfer.model_copy(update={key: getattr(to, key) for key in NORM_KEYS})
    return first, first.model_copy(update={**groups, "transfer": transfer})


def end_of(spec: Spec, factor: str) -> Spec:
    """The end that a factor of this run comes from."""
    first, second = ends(spec)
    return second if factor in (spec.bridge.takes or ()) else first


def structure_of(spec: Spec) -> Spec:
    """The creation that a hybrid's modules come from: pooling and norm layers can be exchanged in either's."""
    pool, norm = end_of(spec, "pooling").backbone.pool, end_of(spec, "normalisation").transfer.norm
    return exchanged(end_of(spec, "structure"), pool, norm)


def exchanged(spec: Spec, pool: str | None, norm: str) -> Spec:
    """A creation with another pooling and other norm layers."""
    backbone = spec.backbone.model_copy(update={"pool": pool})
    return spec.model_copy(update={"backbone": backbone, "transfer": spec.transfer.model_copy(update={"norm": norm})})


def in_force(spec: Spec) -> Spec:
    """What a strategy reads of a hybrid: each group from the end that its factor comes from."""
    if not spec.bridge.takes:
        return spec
    paths = end_of(spec, "drop_path").regularization.drop_path_rate
    groups = {
        "regularization": end_of(spec, "dropout").regularization.model_copy(update={"drop_path_rate": paths}),
        "weights": end_of(spec, "loaded_weights").weights,
    }
    return structure_of(spec).model_copy(update=groups)
