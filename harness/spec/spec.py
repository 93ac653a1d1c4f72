"""The spec: all that is asked of a run and can change its numbers, typed and validated, and nothing else.

One class for each config group. A field's default is neutral: left at it, a field does not enter the run's
identity, so a new field with a neutral default keeps every old id. Paths are carried along to find the files,
but what enters the identity is the fingerprint of the content behind them and a short label.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from harness.spec.bundled import bundled_file
from harness.spec.errors import RequestError
from harness.spec.fingerprint import fingerprint_file, fingerprint_function
from harness.spec.paths import at_home, fingerprint_path, printable
from harness.spec.secret import is_secret
from harness.spec.variants import suggest, variants

Rate = Field(default=None, ge=0, lt=1)
SCHEDULES = "harness.training.recipe.schedules"
TRAITS = "harness.training.hybrids.factors"
NORMS = {"batchnorm": "harness.training.batchnorm", "norm": "harness.model.norms"}
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

    package: ClassVar[str] = "harness.model.weights"
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
        file = at_home(Path(path), "weights.path")
        if not file.is_file():
            raise ValueError(f"weights.path: no file at {file}")
        return {**values, "path": file, "label": file.stem, "fingerprint": fingerprint_file(file)}


class Creation(Variant):
    """The creation method; `custom` calls `target`, a function of the user's own."""

    package: ClassVar[str] = "harness.model.creation"
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
    """The law that the head's weights are drawn from, or the fit; `keep` leaves what the creation method left there."""

    package: ClassVar[str] = "harness.model.init"
    name: str = "keep"
    scale: float = Field(default=1.0, gt=0, description="factor on weight and bias, as timm's --head-init-scale")
    share: float = Field(default=1.0, ge=0, le=1, description="how much of a fitted head; the rest is torch's draw")


class Data(Variant):
    """The data set. Of a folder with `train/` and `val/`, `val/` is the test set and validation is cut from `train/`.

    A collection (torchvision, medmnist, huggingface) holds many sets; `set` names one. The module of a collection has
    a function `identify(spec) -> str`: the fingerprint of what the set holds, which stands for it in the run's id. A
    module may have `settle(spec) -> dict`: fields of the spec that follow from the files, such as `depth`.
    """

    package: ClassVar[str] = "harness.data.datasets"
    outside_identity: ClassVar[frozenset[str]] = frozenset({"path", "root", "download"})

    name: str = "digits"
    set: str | None = Field(default=None, description="which set of a collection: CIFAR10, pneumoniamnist_224, ...")
    path: Path | None = None
    root: Path | None = Field(default=None, description="where collections are kept; null: HARNESS_DATA, or a cache")
    download: bool = Field(default=False, description="fetch a set that is not there")
    kwargs: dict[str, Any] = Field(default_factory=dict, description="what else the set's own loader takes")
    train_split: str | None = Field(default=None, description="the official split to learn from; joined by +")
    test_split: str | None = Field(default=None, description="the official split to test on")
    image_column: str | None = Field(default=None, description="of a table; null: found by its type")
    label_column: str | None = Field(default=None, description="of a table; null: found by its type")
    stream: bool = Field(default=False, description="read the first images of a large table without fetching it all")
    groups: str | None = Field(default=None, description="pattern that finds the group in a file's name")
    size: int = Field(default=32, ge=8, le=2048, description="side in pixels")
    classes: int | None = Field(default=None, ge=2, description="keep the first so many classes")
    samples: int | None = Field(default=None, ge=4, description="keep so many of the images of the training part")
    unreadable: Literal["error", "skip"] = Field(default="error", description="images that cannot be read")
    depth: int | None = Field(
        default=None,
        ge=8,
        le=16,
        description="bits that 16-bit grey uses; null: 16, or fewer if the training part does",
    )
    orientation: Literal["stored", "exif"] = Field(default="stored", description="exif: turned as its camera says")
    val_fraction: float = Field(default=0.2, gt=0, lt=1)
    split: int | None = Field(
        default=None, ge=0, lt=2**31, description="the seed whose cut of validation is taken; null: the run's own seed"
    )
    domain: Literal["source", "target"] = "target"
    label: str | None = None
    fingerprint: str | None = None
    reading: str | None = Field(default=None, description="how the files are read, where that is not the plain way")

    def __hash__(self) -> int:
        return hash(repr(self))  # keyword arguments are a dict, which has no hash; a path may be no text

    @model_validator(mode="before")
    @classmethod
    def _read_path(cls, values: dict[str, Any]) -> dict[str, Any]:
        path = values.get("path")
        if path is None:
            return {**values, "label": values.get("label") or values.get("set") or values.get("name", "digits")}
        place = at_home(Path(path), "data.path")
        if values.get("fingerprint"):
            return {**values, "path": place}
        if place.is_dir():
            return {**values, "path": place, "label": printable(place.name)}
        if place.is_file():
            return {**values, "path": place, "label": printable(place.stem)}
        raise ValueError(f"data.path: no {'file' if place.suffix else 'folder'} at {place}")

    @field_validator("kwargs")
    @classmethod
    def _hold_no_secret(cls, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Before the set is looked for with them."""
        for key in filter(is_secret, kwargs):
            raise ValueError(f"data.kwargs.{key}: would be kept in every record; use hf auth login, or HF_TOKEN")
        return kwargs

    @model_validator(mode="after")
    def _identify_set(self) -> Data:
        if self.fingerprint is not None or (self.path is None and self.set is None):
            return self
        module = importlib.import_module(f"{self.package}.{self.name}")
        settled: dict[str, Any] = {}
        try:
            if self.path is not None:
                settled["fingerprint"] = fingerprint_path(self.path, "data.path")
            elif hasattr(module, "identify"):
                settled["fingerprint"] = module.identify(self)
        except RequestError as error:  # beside the request's other faults
            raise ValueError(str(error)) from None
        for name, value in settled.items():
            object.__setattr__(self, name, value)
        if settled and hasattr(module, "settle"):
            for name, value in module.settle(self).items():
                object.__setattr__(self, name, value)
        return self


class Transforms(Variant):
    """The augmentation of training batches: where pixels are taken from, and then what becomes of them."""

    package: ClassVar[str] = "harness.data.transforms"
    name: str = "none"
    short_side: int | None = Field(
        default=None, ge=8, description="crops are cut after reducing to it; null: as stored"
    )
    color_jitter: float | None = Field(default=None, gt=0, le=1, description="strength of each factor; null for none")
    rand_augment: float | None = Field(default=None, gt=0, le=10, description="magnitude of 10; null for none")
    random_erasing: float | None = Field(default=None, gt=0, le=1, description="probability; null for none")


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

    package: ClassVar[str] = "harness.training.transfer"
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
    """How the training is done: optimiser, schedule, length, and what is done to batches, loss, gradients and weights.

    Names are timm's where timm has the thing. The schedules are the modules of `harness.training.recipe.schedules`.
    """

    optimizer: str = Field(default="adamw", description="any of timm.optim.list_optimizers()")
    optimizer_kwargs: dict[str, Any] = Field(default_factory=dict, description="what else it takes: betas, eps, ...")
    lr: float = Field(default=1e-3, gt=0, description="peak learning rate")
    weight_decay: float = Field(default=0.0, ge=0)
    weight_decay_exclude_1d: bool = Field(default=True, description="no weight decay on biases and norms")
    momentum: float | None = Field(default=None, ge=0, lt=1, description="null is 0.9, where there is momentum")
    epochs: int = Field(default=5, ge=1)
    batch_size: int = Field(default=64, ge=2, description="images a step, however many are computed at once")
    grad_accum_steps: int = Field(default=1, ge=1, description="parts that a batch is computed in")
    schedule: str = "cosine"
    warmup_epochs: float = Field(default=0.0, ge=0)
    min_lr: float = Field(default=0.0, ge=0, description="where the schedule ends")
    decay_rate: float | None = Field(default=None, gt=0, lt=1, description="factor of a decay; null is 0.1")
    decay_epochs: float | None = Field(default=None, gt=0, description="between two decays, or of the last phase")
    decay_milestones: tuple[float, ...] | None = Field(default=None, min_length=1, description="in epochs")
    patience_epochs: int | None = Field(default=None, ge=0, description="of the plateau; null is 10")
    power: float | None = Field(default=None, gt=0, description="of the polynomial; null is 0.5")
    label_smoothing: float = Field(default=0.0, ge=0, lt=1)
    mixup: float = Field(default=0.0, ge=0, description="alpha of the Beta law that shares are drawn from; 0 is off")
    cutmix: float = Field(default=0.0, ge=0, description="alpha of the Beta law that areas are drawn from; 0 is off")
    mixup_prob: float = Field(default=1.0, gt=0, le=1, description="of mixing a batch at all")
    mixup_switch_prob: float = Field(default=0.5, gt=0, lt=1, description="of cutmix, where both are on")
    clip_grad: float | None = Field(default=None, gt=0, description="largest norm, value, or share of a weight's norm")
    clip_mode: Literal["norm", "value", "agc"] = "norm"
    ema_decay: float | None = Field(default=None, gt=0, lt=1, description="the averaged weights are evaluated")
    ema_warmup: bool = Field(default=False, description="the decay rises from 0 with the steps")
    balance: Literal["none", "loss", "sampling"] = Field(default="none", description="against class imbalance")
    early_stopping: int | None = Field(default=None, ge=1, description="patience in epochs; the best epoch is kept")
    monitor: Literal["val_loss", "val_top1"] = Field(default="val_loss", description="what tells a better epoch")

    @field_validator("schedule")
    @classmethod
    def _is_a_schedule(cls, name: str) -> str:
        known = variants(SCHEDULES)
        if name not in known:
            raise ValueError(f"there is no '{name}'; {suggest(name, known)}")
        return name


class Metrics(Part):
    """What a run is judged by: every metric is computed, this says of which class."""

    positive: str | None = Field(default=None, description="the class sought where there are two; null is the last")


class Evaluation(Variant):
    """How the test part is evaluated: properly, or with one mistake, whose price is what is measured."""

    package: ClassVar[str] = "harness.training.evaluation"
    name: str = "proper"
    batch_size: int = Field(default=64, ge=2, description="images of a batch under a mistake")
    flipped: float = Field(default=0.1, gt=0, lt=1, description="share of the answers that answers_flipped exchanges")


class Shift(Variant):
    """On which other images the trained model is tested as well: corrupted ones, or a folder of the same classes."""

    package: ClassVar[str] = "harness.data.shift"
    kinds_package: ClassVar[str] = "harness.data.shift.kinds"
    outside_identity: ClassVar[frozenset[str]] = frozenset({"path"})

    name: str = "none"
    kinds: tuple[str, ...] | None = Field(default=None, min_length=1, description="of corruption; null for all")
    severity: int = Field(default=3, ge=1, le=5, description="of the corruptions")
    path: Path | None = None
    label: str | None = None
    fingerprint: str | None = None
    reading: str | None = Field(default=None, description="how the files are read, where that is not the plain way")

    @field_validator("kinds")
    @classmethod
    def _are_kinds(cls, kinds: tuple[str, ...] | None) -> tuple[str, ...] | None:
        known = variants(cls.kinds_package)
        for kind in kinds or ():
            if kind not in known:
                raise ValueError(f"there is no '{kind}'; {suggest(kind, known)}")
        return None if kinds is None or set(kinds) == set(known) else tuple(sorted(set(kinds)))

    @model_validator(mode="before")
    @classmethod
    def _read_path(cls, values: dict[str, Any]) -> dict[str, Any]:
        path = values.get("path")
        if path is None or values.get("fingerprint"):
            return values
        folder = at_home(Path(path), "shift.path")
        if not folder.is_dir():
            raise ValueError(f"shift.path: no folder at {folder}")
        mark = fingerprint_path(folder, "shift.path")
        read = importlib.import_module(f"{cls.package}.folder").reading(folder)
        return {**values, "path": folder, "label": printable(folder.name), "fingerprint": mark, "reading": read}


class Target(Part):
    """Where a bridge leads: the groups that a model is made by. Everything else is the run's own."""

    backbone: Backbone = Backbone()
    weights: Weights = Weights()
    creation: Creation = Creation()
    init: Init = Init()
    regularization: Regularization = Regularization()
    norm: str = Field(default="keep", description="transfer.norm")


class Bridge(Part):
    """Makes the run a hybrid: the creation that its other groups name, with some traits of the creation `to`.

    A trait is a module of `harness.training.hybrids.factors`. All traits of `to`, or none, are no hybrid but an
    ordinary run.
    """

    to: Target | None = None
    takes: tuple[str, ...] | None = Field(default=None, min_length=1, description="traits taken over")

    @field_validator("takes")
    @classmethod
    def _are_traits(cls, takes: tuple[str, ...] | None) -> tuple[str, ...] | None:
        known = variants(TRAITS)
        for trait in takes or ():
            if trait not in known:
                raise ValueError(f"there is no '{trait}'; {suggest(trait, known)}")
        return None if takes is None else tuple(sorted(set(takes)))


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
    seed: int = Field(default=0, ge=0, lt=2**31)
    replicate: int = Field(default=0, ge=0, lt=2**31)

    @model_validator(mode="after")
    def _identify_bundled(self) -> Spec:
        """Weights made anew by `make upstream` are other weights: their content enters the identity."""
        for part in (self, self.bridge.to):
            if part is None or part.weights.name != "bundled" or part.weights.fingerprint is not None:
                continue
            file = bundled_file(part.backbone.name)
            if file.is_file():
                known = part.weights.model_copy(update={"fingerprint": fingerprint_file(file)})
                object.__setattr__(part, "weights", known)
        return self
