"""Rules of the targets: what means nothing where an image has several labels, and what only there does."""

from __future__ import annotations

from collections.abc import Iterator

from harness.spec.errors import RequestError, no_effect
from harness.spec.spec import Metrics, Recipe, Spec, ends
from harness.spec.variants import load_variant

SEVERAL = "where an image has several labels"
FITTING = "computes a head from one class an image"


def targets(spec: Spec) -> Iterator[str]:
    """Keys that need one class an image, or several labels, under the other."""
    yield from _bias(spec)
    if spec.data.targets is None:
        if spec.metrics.threshold != Metrics().threshold:
            yield no_effect("metrics.threshold", "on one class an image; it is for several labels")
        if spec.recipe.monitor == "val_average_precision":
            yield "recipe.monitor: val_average_precision is of several labels an image; use val_top1 or val_loss"
        return
    yield from _recipe(spec.recipe)
    for init in sorted({end.init.name for end in ends(spec)}):
        if _fits(init):
            yield f"init: {init} {FITTING}, and here it has several labels; use another init"
    if spec.metrics.positive is not None:
        yield no_effect("metrics.positive", f"{SEVERAL}: each is sought; leave it out")
    if spec.evaluation.name == "answers_flipped":
        yield f"evaluation: answers_flipped exchanges one class for another, which there is not {SEVERAL}"
    if spec.shift.name != "none":
        yield f"shift: measured on one class an image alone, not {SEVERAL}; use shift=none"


def refuse_several(spec: Spec, asker: str, instead: str) -> None:
    """For what knows one class an image alone; `instead` says what there is for several labels.

    Raises:
        RequestError: the run's images have several labels.
    """
    if spec.data.targets is not None:
        raise RequestError(f"{asker} one class an image, and those of data={spec.data.name} have several; {instead}")


def _recipe(recipe: Recipe) -> Iterator[str]:
    for key in ("label_smoothing", "mixup", "cutmix"):
        if getattr(recipe, key):
            yield f"recipe.{key}: made for one class an image, and here it has several labels; set recipe.{key}=0"
    if recipe.balance == "sampling":
        yield f"recipe.balance: sampling draws by class, which there is not {SEVERAL}; use recipe.balance=loss"
    if recipe.monitor == "val_top1":
        yield f"recipe.monitor: there is no top-1 {SEVERAL}; use val_average_precision or val_loss"


def _bias(spec: Spec) -> Iterator[str]:
    for init in sorted({end.init.name for end in ends(spec) if end.init.bias != "scheme"}):
        if _fits(init):
            yield no_effect("init.bias", f"under init={init}, which computes the bias; use another init")


def _fits(init: str) -> bool:
    return bool(getattr(load_variant("harness.model.init", init), "takes_features", False))
