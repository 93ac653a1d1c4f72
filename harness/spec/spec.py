"""The spec: all that is asked of a run and can change its numbers, typed and validated, and nothing else.

One class for each config group. A field's default is neutral: left at it, a field does not enter the run's
identity, so a new field with a neutral default keeps every old id. Paths are carried along to find the files,
but what enters the identity is the fingerprint of the content behind them and a short label.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from harness.spec.bundled import bundled_file
from harness.spec.fingerprint import fingerprint_file, fingerprint_folder, fingerprint_function
from harness.spec.variants import suggest, variants

Rate = Field(default=None, ge=0, lt=1)
NORMS = {"batchnorm": "harness.transfer.batchnorm", "norm": "harness.models.norms"}
"""The packages that serve the keys of `transfer` which are about norm layers."""


class Part(BaseModel):
    """A config group: immutable, and unknown keys are an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    outside_identity: ClassVar[frozenset[str]] = frozenset()


class Variant(Part):
    """A group whose `name` is a module in the package that serves it."""

    package: ClassVar[str]

    @field_validator("name", check_fields=False)
    @classmethod
    def _exists(cls, name: str) -> str:
        known = variants(cls.package)
        if name not in known:
            raise ValueError(f"there is no '{name}'; {suggest(name, known)}")
        return name


class Backbone(Part):
    """The architecture, by its library's name, its pooling, and whatever else its constructor takes."""

    name: str = "test_efficientnet"
    library: Literal["timm", "torchvision"] = "timm"
    stride: int | None = Field(default=None, ge=1, le=8, description="the first convolution's; null keeps it")
    pool: str | None = Field(default=None, description="timm's global_pool: avg, max, token, map, ...; null keeps it")
    kwargs: dict[str, Any] = Field(default_factory=dict)


class Weights(Variant):
    """Where the pretrained backbone comes from."""

    package: ClassVar[str] = "harness.weights"
    outside_identity: ClassVar[frozenset[str]] = frozenset({"path", "verify"})

    name: str = "bundled"
    path: Path | None = None
    verify: Literal["error", "record"] = "error"
    tag: str | None = Field(default=None, description="torchvision's name of the weights: IMAGENET1K_V1, ...")
    label: str | None = None
    fingerprint: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_path(cls, values: dict[str, Any]) -> dict[str, Any]:
        path = values.get("path")
        if path is None or values.get("fingerprint"):
            return values
        file = Path(path).expanduser()
        if not file.is_file():
            raise ValueError(f"weights.path: no file at {file}")
        return {**values, "path": file, "label": file.stem, "fingerprint": fingerprint_file(file)}


class Creation(Variant):
    """The creation method; `custom` calls `target`, a function of the user's own."""

    package: ClassVar[str] = "harness.creation"
    outside_identity: ClassVar[frozenset[str]] = frozenset()

    name: str = "create_model"
    target: str | None = None
    kwargs: dict[str, Any] = Field(default_factory=dict)
    fingerprint: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_target(cls, values: dict[str, Any]) -> dict[str, Any]:
        target = values.get("target")
        if target is None or values.get("fingerprint"):
            return values
        return {**values, "fingerprint": fingerprint_function(str(target))}


class Init(Variant):
    """The law that the head's weights are drawn from; `keep` leaves what the creation method left there."""

    package: ClassVar[str] = "harness.init"
    name: str = "keep"


class Data(Variant):
    """The data set. For a folder, `val/` is the test set and validation is cut from `train/`."""

    package: ClassVar[str] = "harness.data"
    outside_identity: ClassVar[frozenset[str]] = frozenset({"path"})

    name: str = "digits"
    path: Path | None = None
    groups: str | None = Field(default=None, description="pattern that finds the group in a file's name")
    size: int = Field(default=32, ge=8, le=2048, description="side in pixels")
    classes: int | None = Field(default=None, ge=2, description="keep the first so many classes")
    samples: int | None = Field(default=None, ge=4, description="keep so many of the images of the training part")
    val_fraction: float = Field(default=0.2, gt=0, lt=1)
    domain: Literal["source", "target"] = "target"
    label: str | None = None
    fingerprint: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_path(cls, values: dict[str, Any]) -> dict[str, Any]:
        path = values.get("path")
        if path is None:
            return {**values, "label": values.get("label") or values.get("name", "digits")}
        if values.get("fingerprint"):
            return values
        folder = Path(path).expanduser()
        if not folder.is_dir():
            raise ValueError(f"data.path: no folder at {folder}")
        return {**values, "path": folder, "label": folder.name, "fingerprint": fingerprint_folder(folder)}


class Transforms(Variant):
    """The augmentation of training batches."""

    package: ClassVar[str] = "harness.transforms"
    name: str = "none"
    short_side: int | None = Field(
        default=None, ge=8, description="crops are cut after reducing to it; null: as stored"
    )


class Regularization(Part):
    """The dropout family. `null` leaves what the library does by itself."""

    drop_rate: float | None = Rate
    attn_drop_rate: float | None = Rate
    proj_drop_rate: float | None = Rate
    drop_path_rate: float | None = Rate


class Transfer(Variant):
    """Which parameters learn, when and at what rate; and what becomes of the norm layers.

    Stages are counted from the head: it always learns, and is none of those counted here.
    """

    package: ClassVar[str] = "harness.transfer"
    name: str = "full"
    frozen: Literal["eval", "train"] = Field(default="eval", description="mode of what does not learn")
    stages: int | None = Field(default=None, ge=1, description="how many learn before the head; null is 2")
    phases: tuple[Annotated[int, Field(ge=0)] | Literal["all"], ...] | None = Field(
        default=None, min_length=2, description="how many stages learn in each phase; null frees one more in each"
    )
    phase_epochs: int | None = Field(
        default=None, ge=1, description="length of a phase; null is 1, or where phases are named an equal share"
    )
    probe_epochs: int | None = Field(default=None, ge=1, description="the head alone; null is half of the epochs")
    decay: float | None = Field(default=None, gt=0, le=1, description="rate of a layer by that of the next; null: 0.75")
    lr_stem: float | None = Field(default=None, gt=0, description="from here rates rise geometrically to recipe.lr")
    depth: Literal["layers", "stages"] = Field(default="layers", description="what the decay counts")
    groups: dict[str, Annotated[float, Field(ge=0)]] = Field(
        default_factory=dict, description="factors of the learning rate by patterns of parameter names; 0 freezes"
    )
    batchnorm: str = Field(default="train", description="train, frozen, reestimated or adapted")
    norm: str = Field(default="keep", description="norm layers exchanged for batch, group, layer or instance norm")

    @field_validator("batchnorm", "norm")
    @classmethod
    def _is_variant(cls, value: str, info: ValidationInfo) -> str:
        known = variants(NORMS[str(info.field_name)])
        if value not in known:
            raise ValueError(f"there is no '{value}'; {suggest(value, known)}")
        return value


class Recipe(Part):
    """Optimiser, schedule and length of the training."""

    optimizer: Literal["adamw", "sgd"] = "adamw"
    lr: float = Field(default=1e-3, gt=0, description="peak learning rate")
    weight_decay: float = Field(default=0.0, ge=0)
    momentum: float | None = Field(default=None, ge=0, lt=1, description="SGD's; null is 0.9")
    epochs: int = Field(default=5, ge=1)
    batch_size: int = Field(default=64, ge=2)
    schedule: Literal["cosine", "constant"] = "cosine"
    warmup_epochs: float = Field(default=0.0, ge=0)
    label_smoothing: float = Field(default=0.0, ge=0, lt=1)


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
    seed: int = Field(default=0, ge=0, lt=2**31)
    replicate: int = Field(default=0, ge=0, lt=2**31)

    @model_validator(mode="after")
    def _identify_bundled(self) -> Spec:
        """Weights made anew by `make upstream` are other weights: their content enters the identity."""
        file = bundled_file(self.backbone.name)
        if self.weights.name == "bundled" and self.weights.fingerprint is None and file.is_file():
            known = self.weights.model_copy(update={"fingerprint": fingerprint_file(file)})
            object.__setattr__(self, "weights", known)
        return self
