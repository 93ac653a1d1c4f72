"""Where a plan leaves the range of the runs that the prediction was fitted on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from harness.diagnose.predict.forecast import Forecast, fault_of
from harness.diagnose.predict.steps.watch import StepsSeen
from harness.spec.spec import Spec, Transforms
from harness.training.recipe.optimizer import MOMENTUM

UNREHEARSED = (
    "optimizer_kwargs",
    "grad_accum_steps",
    "mixup",
    "cutmix",
    "clip_grad",
    "ema_decay",
    "balance",
    "early_stopping",
)
KINDS = ("digits", "made", "imagefolder")
"""Of data, as `data.name` has them."""

INITS = ("keep", "fan_out_uniform", "torch_default", "trunc_normal", "xavier_uniform", "zeros")
AUGMENTED = (Transforms(name="crop_flip"), Transforms(name="mild"))
"""The latter is what digits have, which no flip leaves what they are."""


def outside(first: Spec, second: Spec, forecast: Forecast, fitted: dict[str, Any]) -> Iterator[str]:
    """One line for each way in which the planned runs are unlike those behind the prediction.

    `fitted` holds names in lists and numbers as [least, most].
    """
    yield from _run(first, forecast.train_size, forecast.classes, fitted)
    for name in dict.fromkeys((first.backbone.name, second.backbone.name)):
        if name not in fitted["backbone"]:
            yield f"backbone.name={name}: not among the architectures tried ({_listed(fitted['backbone'])})"
    yield from dict.fromkeys(line for spec in (first, second) for line in _model(spec))
    yield from _features(forecast.one_backbone)


def outside_after_steps(first: Spec, second: Spec, seen: StepsSeen, fitted: dict[str, Any]) -> Iterator[str]:
    """The same of a prediction after first steps, which may be of any architecture: it has seen this one learn."""
    yield from _run(first, seen.train_size, seen.classes, fitted)
    yield from _beyond("the number of steps", seen.total, fitted["steps"])
    yield from _beyond("probe_steps / the number of steps", seen.fraction, fitted["fraction"])
    yield from dict.fromkeys(line for spec in (first, second) for line in _model(spec))
    yield from _features(seen.one_backbone)


def _features(one_backbone: bool) -> Iterator[str]:
    if not one_backbone:
        yield "the two start from different features: fitted on pairs that differ in the head's initialisation alone"


def _run(spec: Spec, train_size: int, classes: int, fitted: dict[str, Any]) -> Iterator[str]:
    """What both runs share."""
    recipe = spec.recipe
    if spec.transfer.name != "full":
        yield f"transfer={spec.transfer.name}: fitted on full fine-tuning only"
    for key, neutral in (("batchnorm", "train"), ("norm", "keep")):
        if (value := getattr(spec.transfer, key)) != neutral:
            yield f"transfer.{key}={value}: fitted with the norm layers as they are"
    if spec.data.name not in KINDS:
        yield f"data={spec.data.name}: fitted on {_listed(KINDS)} only"
    if spec.transforms not in AUGMENTED:
        yield "transforms: fitted with crop_flip, or mild, and nothing else"
    if recipe.optimizer not in fitted["lr"]:
        yield f"recipe.optimizer={recipe.optimizer}: fitted on {_listed(sorted(fitted['lr']))} only"
    else:
        yield from _beyond("recipe.lr", recipe.lr, fitted["lr"][recipe.optimizer])
    if recipe.momentum not in (None, MOMENTUM):
        yield f"recipe.momentum={recipe.momentum:g}: fitted on {MOMENTUM:g} only"
    yield from _beyond("recipe.epochs", recipe.epochs, fitted["epochs"])
    yield from _beyond("recipe.batch_size", recipe.batch_size, fitted["batch_size"])
    yield from _beyond("data.size", spec.data.size, fitted["size"])
    yield from _beyond("the number of training images", train_size, fitted["train_size"])
    yield from _beyond("the number of classes", classes, fitted["classes"])
    if recipe.weight_decay:
        yield "recipe.weight_decay: fitted without any"
    if recipe.warmup_epochs:
        yield "recipe.warmup_epochs: fitted without warm-up"
    if recipe.label_smoothing:
        yield "recipe.label_smoothing: fitted without any"
    if recipe.schedule != "cosine" or recipe.min_lr:
        yield f"recipe.schedule={recipe.schedule}, recipe.min_lr={recipe.min_lr:g}: fitted on half a cosine to 0 only"
    for key in UNREHEARSED:
        if getattr(recipe, key) != type(recipe).model_fields[key].get_default(call_default_factory=True):
            yield f"recipe.{key}: not part of the rehearsal"


def _model(spec: Spec) -> Iterator[str]:
    """What is each run's own."""
    backbone = spec.backbone
    if backbone.library != "timm":
        yield f"backbone.library={backbone.library}: fitted on timm's models only"
    for key in ("stride", "pool", "kwargs"):
        if getattr(backbone, key):
            yield f"backbone.{key}: fitted on architectures as their library makes them"
    if spec.weights.name == "none":
        yield "weights=none: fitted on pretrained backbones only"
    fault = fault_of(spec)
    if fault is not None:
        yield f"creation={spec.creation.name}: fitted on models without a fault, and in this one {fault}"
    if spec.init.name not in INITS:
        yield f"init={spec.init.name}: fitted on {_listed(INITS)} only"
    if any(spec.regularization.model_dump(exclude_none=True).values()):
        yield "regularization: drop rates are not part of the rehearsal"
    if spec.bridge.takes:
        yield "bridge.takes: fitted on creations as they are"
    if spec.evaluation.name != "proper":
        yield f"evaluation={spec.evaluation.name}: fitted on proper evaluation only"


def _beyond(name: str, value: float, limits: Sequence[float]) -> Iterator[str]:
    least, most = limits
    if not least <= value <= most:
        yield f"{name} is {value:g}: tried between {least:g} and {most:g}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
