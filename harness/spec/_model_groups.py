"""The groups of the spec that a model is made by."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from harness.spec.fingerprint import fingerprint_file, fingerprint_folder, fingerprint_function
from harness.spec.part import Part, Variant
from harness.spec.paths import at_home
from harness.spec.variants import suggest, variants

FACTORS = "harness.training.hybrids.factors"
TRAIN_MODE: Literal["train"] = "train"
"""The `creation.mode` of a training script that calls `model.train()`."""


class Backbone(Part):
    """The architecture, by its library's name, its pooling, and whatever else its constructor takes."""

    name: str = "test_efficientnet"
    library: Literal["timm", "torchvision", "transformers"] = Field(
        default="timm", description="whose architecture it is"
    )
    stride: int | None = Field(default=None, ge=1, le=8, description="the first convolution's; null keeps it")
    pool: str | None = Field(default=None, description="timm's global_pool: avg, max, token, map, ...; null keeps it")
    in_chans: Literal[1, 3] = Field(default=3, description="channels that it takes: 1 for grey images, or 3")
    first_conv: Literal["carried", "summed", "drawn"] = Field(
        default="carried",
        description="under in_chans=1: answers grey as with three channels, their sum (timm's), or drawn anew",
    )
    kwargs: dict[str, Any] = Field(default_factory=dict, description="what else its constructor takes")


class Weights(Variant):
    """Where the pretrained backbone comes from."""

    package: ClassVar[str] = "harness.model.weights"
    outside_identity: ClassVar[frozenset[str]] = frozenset({"path", "verify"})

    name: str = "bundled"
    path: Path | None = Field(default=None, description="the file, under weights=file; of transformers a folder")
    verify: Literal["error", "record"] = Field(
        default="error", description="what follows where the backbone did not come from the weights"
    )
    tag: str | None = Field(default=None, description="torchvision's name of the weights: IMAGENET1K_V1, ...")
    mean_std: Literal["stated", "imagenet", "half", "unscaled", "first"] = Field(
        default="stated",
        description="of the pixels: as stated beside the weights, ImageNet's, 0.5 and 0.5, or 0 and 1; of one channel "
        "their mean over the three, or the first's",
    )
    geometry: Literal["centre", "squash", "stated"] = Field(
        default="centre",
        description="of an image its centre square (of torchvision's weights the middle that they keep), the whole "
        "squashed into a square, or what the weights state: timm's crop_pct and crop_mode, transformers' processor's",
    )
    label: str | None = None
    fingerprint: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_path(cls, values: dict[str, Any]) -> dict[str, Any]:
        path = values.get("path")
        if path is None or values.get("fingerprint"):
            return values
        file = at_home(Path(path), "weights.path")
        if (file / "config.json").is_file():
            return {**values, "path": file, "label": file.name, "fingerprint": fingerprint_folder(file)}
        if not file.is_file():
            raise ValueError(f"weights.path: no file at {file}")
        return {**values, "path": file, "label": file.stem, "fingerprint": fingerprint_file(file)}


class Creation(Variant):
    """The creation method; `custom` calls `target`, a function of the user's own."""

    package: ClassVar[str] = "harness.model.creation"
    outside_identity: ClassVar[frozenset[str]] = frozenset()

    name: str = "create_model"
    target: str | None = Field(default=None, description="module.function of your own, under creation=custom")
    kwargs: dict[str, Any] = Field(default_factory=dict, description="what else `target` is called with")
    mode: Literal["train", "returned"] = Field(
        default=TRAIN_MODE,
        description="the model's mode as training begins: train, or returned, the one that the library leaves it in",
    )
    fingerprint: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_target(cls, values: dict[str, Any]) -> dict[str, Any]:
        target = values.get("target")
        if target is None or values.get("fingerprint"):
            return values
        return {**values, "fingerprint": fingerprint_function(str(target))}


class Init(Variant):
    """The distribution of the head's initial weights, or their fit; `keep` leaves what the creation method made."""

    package: ClassVar[str] = "harness.model.init"
    name: str = "keep"
    scale: float = Field(default=1.0, gt=0, description="factor on weight and bias, as timm's --head-init-scale")
    std: float | None = Field(default=None, gt=0, description="of normal and trunc_normal; null is 0.02")
    share: float = Field(
        default=1.0, ge=0, le=1, description="fraction of the fitted head; the rest is torch's initialisation"
    )
    bias: Literal["scheme", "prior"] = Field(
        default="scheme",
        description="prior: the log frequency of each class in the training part, of several labels the log odds",
    )


class Regularization(Part):
    """The dropout family. `null` leaves what the library does by itself."""

    drop_rate: float | None = Field(default=None, ge=0, lt=1, description="dropout before the head")
    attn_drop_rate: float | None = Field(default=None, ge=0, lt=1, description="dropout of attention weights")
    proj_drop_rate: float | None = Field(default=None, ge=0, lt=1, description="dropout after projections")
    drop_path_rate: float | None = Field(default=None, ge=0, lt=1, description="stochastic depth")


class Target(Part):
    """Where a bridge leads: the groups that a model is made by. Everything else is the run's own."""

    backbone: Backbone = Backbone()
    weights: Weights = Weights()
    creation: Creation = Creation()
    init: Init = Init()
    regularization: Regularization = Regularization()
    norm: str = Field(default="keep", description="transfer.norm")
    frozen_norms: Literal["rest", "learn"] = Field(default="rest", description="transfer.frozen_norms")


class Bridge(Part):
    """Makes the run a hybrid model: the creation that its other groups name, with some factors of the creation `to`.

    A factor is a module of `harness.training.hybrids.factors`. All factors of `to`, or none, are no hybrid but an
    ordinary run.
    """

    to: Target | None = Field(default=None, description="the other creation, with the groups that make its model")
    takes: tuple[str, ...] | None = Field(default=None, min_length=1, description="factors taken over")

    @field_validator("takes")
    @classmethod
    def _are_factors(cls, takes: tuple[str, ...] | None) -> tuple[str, ...] | None:
        known = variants(FACTORS)
        for factor in takes or ():
            if factor not in known:
                raise ValueError(f"there is no '{factor}'; {suggest(factor, known)}")
        return None if takes is None else tuple(sorted(set(takes)))
