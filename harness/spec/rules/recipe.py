"""Rules of the recipe."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

from harness.spec.rules.fault import no_effect
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

_TIMM = {"wsd": "1.0.31", "rsqrt": "1.0.31"}
"""The timm that brought a schedule, where an older one will do for all else."""


def recipe(spec: Spec) -> Iterator[str]:
    """Keys that only some schedules read, keys that need another, and lengths that do not fit."""
    yield from _schedule(spec.recipe)
    yield from _batches(spec.recipe)
    yield from _probe(spec)


def missing_schedule(name: str) -> str | None:
    """Why the timm that is installed cannot compute a schedule; None where it can."""
    needed, found = _TIMM.get(name), version("timm")
    if needed is None or _release(found) >= _release(needed):
        return None
    return f"schedule={name} needs timm {needed} or later, and {found} is installed"


def _release(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:3] if part.isdigit())


def _schedule(recipe: Recipe) -> Iterator[str]:
    if missing := missing_schedule(recipe.schedule):
        yield f"recipe.schedule: {missing}"
    if recipe.warmup_epochs > recipe.epochs:
        yield f"recipe.warmup_epochs: {recipe.warmup_epochs:g} is longer than recipe.epochs={recipe.epochs}"
    for key, schedules in _SCHEDULE_KEYS.items():
        if recipe.schedule not in schedules and getattr(recipe, key) != Recipe.model_fields[key].default:
            using = f"{', '.join(schedules[:-1])} or {schedules[-1]}" if schedules[1:] else schedules[0]
            yield no_effect(f"recipe.{key}", f"under recipe.schedule={recipe.schedule}; use {using}")
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


def _batches(recipe: Recipe) -> Iterator[str]:
    if not recipe.weight_decay_exclude_1d and not recipe.weight_decay:
        yield no_effect("recipe.weight_decay_exclude_1d", "without recipe.weight_decay")
    if recipe.batch_size % recipe.grad_accum_steps:
        yield f"recipe.grad_accum_steps: {recipe.grad_accum_steps} does not divide {recipe.batch_size}, the batch_size"
    if recipe.mixup_prob != 1 and not (recipe.mixup or recipe.cutmix):
        yield no_effect("recipe.mixup_prob", "without recipe.mixup or recipe.cutmix")
    if recipe.mixup_switch_prob != 0.5 and not (recipe.mixup and recipe.cutmix):
        yield no_effect("recipe.mixup_switch_prob", "unless recipe.mixup and recipe.cutmix are both on")
    if recipe.clip_mode != "norm" and recipe.clip_grad is None:
        yield no_effect("recipe.clip_mode", "without recipe.clip_grad")
    if recipe.ema_warmup and recipe.ema_decay is None:
        yield no_effect("recipe.ema_warmup", "without recipe.ema_decay")
    if recipe.early_stopping is not None and recipe.early_stopping >= recipe.epochs:
        yield f"recipe.early_stopping: a patience of {recipe.early_stopping} never ends recipe.epochs={recipe.epochs}"
    if recipe.monitor != "val_loss" and recipe.early_stopping is None and recipe.schedule != "plateau":
        yield no_effect("recipe.monitor", "without recipe.early_stopping or recipe.schedule=plateau")


def _probe(spec: Spec) -> Iterator[str]:
    if spec.transfer.name != "linear_probe":
        return
    for key in ("mixup", "cutmix"):
        if getattr(spec.recipe, key):
            yield f"recipe.{key}: mixes images, and a linear probe sees features of whole ones; use transfer=full"
    if spec.recipe.clip_grad is not None and spec.recipe.clip_mode == "agc":
        yield "recipe.clip_mode: agc leaves the head alone, and a linear probe has nothing else; use norm or value"
