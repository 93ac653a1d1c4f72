"""Where a prediction leaves the range of the runs that it was fitted on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from harness.predict.forecast import Forecast
from harness.spec.spec import Spec

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


def outside(spec: Spec, forecast: Forecast, fitted: dict[str, Any]) -> Iterator[str]:
    """One line for each way in which the planned run is unlike those behind the prediction.

    `fitted` holds names in lists and numbers as [least, most].
    """
    recipe = spec.recipe
    if spec.transfer.name == "linear_probe":
        yield "transfer=linear_probe: fitted on full fine-tuning only; a probe is as quick to run as to predict"
    elif spec.transfer.name != "full":
        yield f"transfer={spec.transfer.name}: fitted on full fine-tuning only"
    for key, neutral in (("batchnorm", "train"), ("norm", "keep")):
        if (value := getattr(spec.transfer, key)) != neutral:
            yield f"transfer.{key}={value}: fitted with the norm layers as they are"
    if spec.backbone.name not in fitted["backbone"]:
        yield f"backbone.name={spec.backbone.name}: none of the architectures tried ({_listed(fitted['backbone'])})"
    if spec.weights.name == "none":
        yield "weights=none: fitted on pretrained backbones only"
    if recipe.optimizer not in fitted["lr"]:
        yield f"recipe.optimizer={recipe.optimizer}: fitted on {_listed(sorted(fitted['lr']))} only"
    else:
        yield from _beyond("recipe.lr", recipe.lr, fitted["lr"][recipe.optimizer])
    yield from _beyond("recipe.epochs", recipe.epochs, fitted["epochs"])
    yield from _beyond("recipe.batch_size", recipe.batch_size, fitted["batch_size"])
    yield from _beyond("data.size", spec.data.size, fitted["size"])
    yield from _beyond("the number of training images", forecast.train_size, fitted["train_size"])
    yield from _beyond("the number of classes", forecast.classes, fitted["classes"])
    if recipe.weight_decay:
        yield "recipe.weight_decay: fitted without any"
    if recipe.warmup_epochs:
        yield "recipe.warmup_epochs: fitted without warm-up"
    if recipe.schedule != "cosine" or recipe.min_lr:
        yield f"recipe.schedule={recipe.schedule}, recipe.min_lr={recipe.min_lr:g}: fitted on half a cosine to 0 only"
    for key in UNREHEARSED:
        if getattr(recipe, key) != type(recipe).model_fields[key].get_default(call_default_factory=True):
            yield f"recipe.{key}: not part of the rehearsal"
    if any(spec.regularization.model_dump(exclude_none=True).values()):
        yield "regularization: drop rates are not part of the rehearsal"


def _beyond(name: str, value: float, limits: Sequence[float]) -> Iterator[str]:
    least, most = limits
    if not least <= value <= most:
        yield f"{name} is {value:g}: tried between {least:g} and {most:g}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
