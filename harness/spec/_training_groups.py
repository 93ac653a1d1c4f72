"""The groups of the spec that say how a run is trained and evaluated."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from harness.spec.part import Part, Variant
from harness.spec.variants import suggest, variants

SCHEDULES = "harness.training.recipe.schedules"
NORMS = {"batchnorm": "harness.training.batchnorm", "norm": "harness.model.norms"}
"""The modules that serve the keys of `transfer` which are about norm layers."""
KEEP_NORM, TRAIN_BATCHNORM = "keep", "train"
"""What leaves them as they are: no variant, as there is nothing to do."""


def norm_choices(key: str) -> tuple[str, ...]:
    """The values of `transfer.batchnorm` or `transfer.norm`, the neutral one first."""
    return {"batchnorm": TRAIN_BATCHNORM, "norm": KEEP_NORM}[key], *variants(NORMS[key])


class Transfer(Variant):
    """Which parameters learn, when and at what rate; and what becomes of the norm layers.

    Stages are counted from the head: it always learns, and is none of those counted here.
    """

    package: ClassVar[str] = "harness.training.transfer"
    name: str = "full"
    frozen: Literal["eval", "train"] = Field(default="eval", description="mode of what does not learn")
    frozen_norms: Literal["rest", "learn"] = Field(
        default="rest", description="norm layers of what is frozen: they rest with it, or learn, as in fastai"
    )
    stages: int | None = Field(default=None, ge=1, description="how many learn before the head; null is 2")
    phases: tuple[Annotated[int, Field(ge=0)] | Literal["all"], ...] | None = Field(
        default=None, min_length=2, description="how many stages learn in each phase; null frees one more in each"
    )
    phase_epochs: int | None = Field(
        default=None, ge=1, description="length of a phase; null is 1, or where phases are named an equal part each"
    )
    probe_epochs: int | None = Field(default=None, ge=1, description="the head alone; null is half of the epochs")
    decay: float | None = Field(default=None, gt=0, le=1, description="rate of a layer by that of the next; null: 0.75")
    lr_stem: float | None = Field(default=None, gt=0, description="from here rates rise geometrically to recipe.lr")
    depth: Literal["layers", "stages"] = Field(default="layers", description="what the decay counts")
    rank: int | None = Field(default=None, ge=1, description="of LoRA's matrices; null is 8")
    alpha: float | None = Field(default=None, gt=0, description="LoRA's change counts alpha/rank times; null: the rank")
    groups: dict[str, Annotated[float, Field(ge=0)]] = Field(
        default_factory=dict, description="factors of the learning rate by patterns of parameter names; 0 freezes"
    )
    batchnorm: str = Field(default=TRAIN_BATCHNORM, description="train, frozen, reestimated or adapted")
    norm: str = Field(default=KEEP_NORM, description="norm layers exchanged for batch, group, layer or instance norm")

    @field_validator("batchnorm", "norm")
    @classmethod
    def _is_variant(cls, value: str, info: ValidationInfo) -> str:
        known = norm_choices(str(info.field_name))
        if value not in known:
            raise ValueError(f"there is no '{value}'; {suggest(value, known)}")
        return value


class Recipe(Part):
    """How the training is done: optimizer, schedule, length, and what is done to batches, loss, gradients and weights.

    Names are timm's where timm has the thing. The schedules are the modules of `harness.training.recipe.schedules`.
    """

    optimizer: str = Field(default="adamw", description="any of timm.optim.list_optimizers()")
    optimizer_kwargs: dict[str, Any] = Field(default_factory=dict, description="what else it takes: betas, eps, ...")
    lr: float = Field(default=1e-3, gt=0, description="peak learning rate")
    weight_decay: float = Field(default=0.0, ge=0, description="the optimizer's own")
    weight_decay_exclude_1d: bool = Field(default=True, description="no weight decay on biases and norms")
    momentum: float | None = Field(default=None, ge=0, lt=1, description="null is 0.9, where there is momentum")
    epochs: int = Field(default=5, ge=1, description="passes over the training part")
    batch_size: int = Field(default=64, ge=2, description="images a step, however many are computed at once")
    grad_accum_steps: int = Field(default=1, ge=1, description="parts that a batch is computed in")
    schedule: str = Field(default="cosine", description="of the learning rate: cosine, constant, linear, ...")
    warmup_epochs: float = Field(default=0.0, ge=0, description="in which the rate rises from zero")
    min_lr: float = Field(default=0.0, ge=0, description="where the schedule ends")
    decay_rate: float | None = Field(default=None, gt=0, lt=1, description="factor of a decay; null is 0.1")
    decay_epochs: float | None = Field(default=None, gt=0, description="between two decays, or of the last phase")
    decay_milestones: tuple[float, ...] | None = Field(default=None, min_length=1, description="in epochs")
    patience_epochs: int | None = Field(default=None, ge=0, description="of the plateau; null is 10")
    power: float | None = Field(default=None, gt=0, description="of the polynomial; null is 0.5")
    label_smoothing: float = Field(default=0.0, ge=0, lt=1, description="of the training loss alone")
    mixup: float = Field(
        default=0.0, ge=0, description="alpha of the Beta distribution of the mixing fractions; 0 is off"
    )
    cutmix: float = Field(default=0.0, ge=0, description="alpha of the Beta distribution of the areas; 0 is off")
    mixup_prob: float = Field(default=1.0, gt=0, le=1, description="of mixing a batch at all")
    mixup_switch_prob: float = Field(default=0.5, gt=0, lt=1, description="of cutmix, where both are on")
    clip_grad: float | None = Field(
        default=None, gt=0, description="largest norm, value, or fraction of a weight's norm"
    )
    clip_mode: Literal["norm", "value", "agc"] = Field(default="norm", description="what clipping bounds; timm's names")
    ema_decay: float | None = Field(default=None, gt=0, lt=1, description="the averaged weights are evaluated")
    ema_warmup: bool = Field(default=False, description="the decay rises from 0 with the steps")
    balance: Literal["none", "loss", "sampling"] = Field(default="none", description="against class imbalance")
    early_stopping: int | None = Field(default=None, ge=1, description="patience in epochs; the best epoch is kept")
    monitor: Literal["val_loss", "val_top1", "val_average_precision"] = Field(
        default="val_loss", description="what tells a better epoch"
    )

    @field_validator("schedule")
    @classmethod
    def _is_a_schedule(cls, name: str) -> str:
        known = variants(SCHEDULES)
        if name not in known:
            raise ValueError(f"there is no '{name}'; {suggest(name, known)}")
        return name


class Metrics(Part):
    """What a run is judged by: every metric is computed, this says of which class, and when a label counts as there."""

    positive: str | None = Field(default=None, description="the class sought where there are two; null is the last")
    threshold: Literal["each", "one", "half"] = Field(
        default="each",
        description="of several labels: each its own that is best for F1 on the validation part, one for all, or 0.5",
    )
    specificity: float = Field(
        default=90,
        gt=0,
        lt=100,
        description="percent, kept on the validation part for sensitivity_at_specificity",
    )


class Evaluation(Variant):
    """How the test part is evaluated: properly, or with one mistake, whose price is what is measured."""

    package: ClassVar[str] = "harness.training.evaluation"
    name: str = "proper"
    batch_size: int = Field(default=64, ge=2, description="images of a batch under a mistake")
    flipped: float = Field(
        default=0.1, gt=0, lt=1, description="fraction of the answers that answers_flipped exchanges"
    )
