"""Rules across fields: a key that has no effect in a combination is an error, not ignored."""

from __future__ import annotations

from collections.abc import Iterator

from harness.spec.spec import Recipe, Spec

_SCHEDULE_KEYS = {
    "min_lr": ("cosine", "linear", "poly", "tanh", "wsd", "rsqrt", "plateau"),
    "decay_rate": ("step", "multistep", "plateau"),
    "decay_epochs": ("step", "wsd", "rsqrt"),
    "decay_milestones": ("multistep",),
    "patience_epochs": ("plateau",),
    "power": ("poly",),
}
"""Keys of the recipe that only these schedules read."""


def faults(spec: Spec) -> Iterator[str]:
    """Every rule that the spec breaks, one line each."""
    if spec.weights.name == "file" and spec.weights.path is None and spec.weights.fingerprint is None:
        yield "weights.path: weights=file needs the path of a weights file"
    if spec.weights.name != "file" and spec.weights.path is not None:
        yield f"weights.path: has no effect under weights={spec.weights.name}; use weights=file"
    library = spec.backbone.library
    if library == "torchvision" and spec.weights.name in ("bundled", "hub"):
        yield f"weights: {spec.weights.name} weights are timm's; for a torchvision model use torchvision, file or none"
    if library == "torchvision" and spec.backbone.pool is not None:
        yield "backbone.pool: torchvision's models have no such choice; use backbone.library=timm"
    if library != "torchvision" and spec.weights.name == "torchvision":
        yield f"weights: torchvision's weights have no effect under backbone.library={library}; use torchvision"
    if spec.weights.name != "torchvision" and spec.weights.tag is not None:
        yield f"weights.tag: has no effect under weights={spec.weights.name}; use weights=torchvision"
    if spec.creation.name == "custom" and spec.creation.target is None:
        yield "creation.target: creation=custom needs a function of your own, as module.function"
    if spec.creation.name != "custom":
        if spec.creation.target is not None:
            yield f"creation.target: has no effect under creation={spec.creation.name}; use creation=custom"
        if spec.creation.kwargs:
            yield f"creation.kwargs: has no effect under creation={spec.creation.name}; use creation=custom"
    if spec.data.name == "imagefolder" and spec.data.path is None and spec.data.fingerprint is None:
        yield "data.path: data=imagefolder needs the folder that holds train/ and val/"
    if spec.data.name != "imagefolder":
        if spec.data.path is not None:
            yield f"data.path: has no effect under data={spec.data.name}; use data=imagefolder"
        if spec.data.groups is not None:
            yield f"data.groups: has no effect under data={spec.data.name}; use data=imagefolder"
    if spec.data.name != "made" and spec.data.domain != "target":
        yield f"data.domain: has no effect under data={spec.data.name}; use data=made"
    if spec.transforms.name != "random_resized_crop" and spec.transforms.short_side is not None:
        yield f"transforms.short_side: has no effect under transforms={spec.transforms.name}; use random_resized_crop"
    yield from _recipe(spec.recipe)
    if spec.transfer.name == "linear_probe" and spec.transforms.name != "none":
        yield "transforms: a linear probe computes its features once, without augmentation; use transforms=none"
    if spec.transfer.name == "linear_probe":
        for key in ("mixup", "cutmix"):
            if getattr(spec.recipe, key):
                yield f"recipe.{key}: mixes images, and a linear probe sees features of whole ones; use transfer=full"
        if spec.recipe.clip_grad is not None and spec.recipe.clip_mode == "agc":
            yield "recipe.clip_mode: agc leaves the head alone, and a linear probe has nothing else; use norm or value"
        for rate in ("attn_drop_rate", "proj_drop_rate", "drop_path_rate"):
            if getattr(spec.regularization, rate):
                yield f"regularization.{rate}: has no effect on a frozen backbone in eval mode; use transfer=full"


def _recipe(recipe: Recipe) -> Iterator[str]:
    if recipe.warmup_epochs > recipe.epochs:
        yield f"recipe.warmup_epochs: {recipe.warmup_epochs:g} is longer than recipe.epochs={recipe.epochs}"
    for key, schedules in _SCHEDULE_KEYS.items():
        if recipe.schedule not in schedules and getattr(recipe, key) != Recipe.model_fields[key].default:
            using = f"{', '.join(schedules[:-1])} or {schedules[-1]}" if schedules[1:] else schedules[0]
            yield f"recipe.{key}: has no effect under recipe.schedule={recipe.schedule}; use {using}"
    if recipe.min_lr >= recipe.lr:
        yield f"recipe.min_lr: {recipe.min_lr:g} is not below recipe.lr={recipe.lr:g}, where the schedule starts"
    left = recipe.epochs - recipe.warmup_epochs
    if recipe.decay_epochs is not None and recipe.decay_epochs >= left:
        yield f"recipe.decay_epochs: {recipe.decay_epochs:g} is not shorter than the {left:g} epochs after the warm-up"
    if recipe.schedule == "multistep" and recipe.decay_milestones is None:
        yield "recipe.decay_milestones: schedule=multistep needs the epochs that it decays at, as [30,60]"
    if recipe.decay_milestones is not None:
        ordered = list(recipe.decay_milestones) == sorted(set(recipe.decay_milestones))
        if not (ordered and recipe.decay_milestones[0] > 0 and recipe.decay_milestones[-1] < recipe.epochs):
            yield f"recipe.decay_milestones: must rise, between 0 and recipe.epochs={recipe.epochs}"
        elif recipe.decay_milestones[0] < recipe.warmup_epochs:
            yield f"recipe.decay_milestones: the first lies within recipe.warmup_epochs={recipe.warmup_epochs:g}"
    patience = 10 if recipe.patience_epochs is None else recipe.patience_epochs
    if recipe.schedule == "plateau" and patience >= recipe.epochs:
        yield f"recipe.patience_epochs: a patience of {patience} sees no plateau within recipe.epochs={recipe.epochs}"
    if not recipe.weight_decay_exclude_1d and not recipe.weight_decay:
        yield "recipe.weight_decay_exclude_1d: has no effect without recipe.weight_decay"
    if recipe.batch_size % recipe.grad_accum_steps:
        yield f"recipe.grad_accum_steps: {recipe.grad_accum_steps} does not divide {recipe.batch_size}, the batch_size"
    if recipe.mixup_prob != 1 and not (recipe.mixup or recipe.cutmix):
        yield "recipe.mixup_prob: has no effect without recipe.mixup or recipe.cutmix"
    if recipe.mixup_switch_prob != 0.5 and not (recipe.mixup and recipe.cutmix):
        yield "recipe.mixup_switch_prob: has no effect unless recipe.mixup and recipe.cutmix are both on"
    if recipe.clip_mode != "norm" and recipe.clip_grad is None:
        yield "recipe.clip_mode: has no effect without recipe.clip_grad"
    if recipe.ema_warmup and recipe.ema_decay is None:
        yield "recipe.ema_warmup: has no effect without recipe.ema_decay"
    if recipe.early_stopping is not None and recipe.early_stopping >= recipe.epochs:
        yield f"recipe.early_stopping: a patience of {recipe.early_stopping} never ends recipe.epochs={recipe.epochs}"
    if recipe.monitor != "val_loss" and recipe.early_stopping is None and recipe.schedule != "plateau":
        yield "recipe.monitor: has no effect without recipe.early_stopping or recipe.schedule=plateau"
