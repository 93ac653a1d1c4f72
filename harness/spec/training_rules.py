"""Rules of recipe and transfer strategy."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

from harness.spec.errors import no_effect
from harness.spec.spec import Recipe, Spec, Transfer

_SCHEDULE_KEYS = {
    "min_lr": ("cosine", "linear", "poly", "tanh", "wsd", "rsqrt", "plateau"),
    "decay_rate": ("step", "multistep", "plateau"),
    "decay_epochs": ("step", "wsd", "rsqrt"),
    "decay_milestones": ("multistep",),
    "patience_epochs": ("plateau",),
    "power": ("poly",),
}
"""Keys of the recipe that only these schedules read."""

_NEEDED_TIMM = {"wsd": "1.0.31", "rsqrt": "1.0.31"}
"""The timm that brought a schedule, where an older one will do for all else."""


def recipe(spec: Spec) -> Iterator[str]:
    """Keys that only some schedules read, keys that need another, and lengths that do not fit."""
    yield from _schedule(spec.recipe)
    yield from _batches(spec.recipe)
    yield from _linear_probe(spec)


def missing_schedule(name: str) -> str | None:
    """Why the timm that is installed cannot compute a schedule; None where it can."""
    needed = _NEEDED_TIMM.get(name)
    if needed is None:
        return None
    found = version("timm")
    if _release(found) >= _release(needed):
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


def _linear_probe(spec: Spec) -> Iterator[str]:
    if spec.transfer.name != "linear_probe":
        return
    for key in ("mixup", "cutmix"):
        if getattr(spec.recipe, key):
            yield f"recipe.{key}: mixes images, and a linear probe sees features of whole ones; use transfer=full"
    if spec.recipe.clip_grad is not None and spec.recipe.clip_mode == "agc":
        yield "recipe.clip_mode: agc leaves the head alone, and a linear probe has nothing else; use norm or value"


STRATEGIES = {
    "frozen": (
        "frozen_backbone",
        "last_stages",
        "gradual_unfreezing",
        "probe_then_tune",
        "parameter_groups",
        "bitfit",
        "lora",
    ),
    "frozen_norms": ("frozen_backbone", "last_stages", "gradual_unfreezing", "probe_then_tune"),
    "stages": ("last_stages",),
    "phases": ("gradual_unfreezing",),
    "phase_epochs": ("gradual_unfreezing",),
    "probe_epochs": ("probe_then_tune",),
    "decay": ("layerwise_decay",),
    "lr_stem": ("layerwise_decay",),
    "depth": ("layerwise_decay",),
    "groups": ("parameter_groups",),
    "rank": ("lora",),
    "alpha": ("lora",),
}
"""Keys of `transfer` that only some strategies read."""


def transfer(spec: Spec) -> Iterator[str]:
    """Keys that only some strategies read, and what has no effect on a network that stands still."""
    strategy, epochs = spec.transfer, spec.recipe.epochs
    for key, strategies in STRATEGIES.items():
        default = type(strategy).model_fields[key].get_default(call_default_factory=True)
        if getattr(strategy, key) != default and strategy.name not in strategies:
            yield no_effect(f"transfer.{key}", f"under transfer={strategy.name}; use {' or '.join(strategies)}")
    if strategy.name == "linear_probe" and spec.transforms.name != "none":
        yield (
            "transforms: a linear probe computes its features once, without augmentation; use transforms=none or "
            "transfer=frozen_backbone"
        )
    still = strategy.name in ("linear_probe", "frozen_backbone") and strategy.frozen == "eval"
    if still:
        for rate in ("attn_drop_rate", "proj_drop_rate", "drop_path_rate"):
            if getattr(spec.regularization, rate):
                yield no_effect(f"regularization.{rate}", "on a frozen backbone in eval mode; use transfer=full")
    if still and strategy.batchnorm == "frozen":
        yield no_effect("transfer.batchnorm", f"as frozen under transfer={strategy.name}, where all is in eval mode")
    if still and strategy.norm == "batch" and strategy.batchnorm != "reestimated":
        yield (
            f"transfer.norm: batch has no statistics under transfer={strategy.name}, where all is in eval mode; "
            "add transfer.batchnorm=reestimated"
        )
    if strategy.batchnorm == "adapted" and strategy.name not in ("full", "layerwise_decay"):
        yield f"transfer.batchnorm: adapted says what learns, and so does transfer={strategy.name}; use transfer=full"
    if strategy.decay is not None and strategy.lr_stem is not None:
        yield no_effect("transfer.lr_stem", "beside transfer.decay; give one of the two")
    if strategy.lr_stem is not None and strategy.lr_stem > spec.recipe.lr:
        yield f"transfer.lr_stem: {strategy.lr_stem:g} is above recipe.lr={spec.recipe.lr:g}, the rate of the head"
    if strategy.name == "parameter_groups" and not strategy.groups:
        yield "transfer.groups: transfer=parameter_groups needs patterns and factors, as transfer.groups={blocks.0:0.1}"
    if strategy.name == "parameter_groups" and strategy.frozen == "train" and 0 not in strategy.groups.values():
        yield no_effect("transfer.frozen", "where no factor of transfer.groups is 0, and nothing is frozen")
    if strategy.name == "probe_then_tune" and (strategy.probe_epochs or 1) >= epochs:
        first = "half of the epochs" if strategy.probe_epochs is None else str(strategy.probe_epochs)
        yield f"transfer.probe_epochs: {first} for the head leave nothing to tune in recipe.epochs={epochs}"
    if strategy.name == "gradual_unfreezing":
        yield from _phases(strategy, epochs)


def _phases(strategy: Transfer, epochs: int) -> Iterator[str]:
    if strategy.phases is None:
        if (strategy.phase_epochs or 1) >= epochs:
            yield f"transfer.phase_epochs: the first phase takes all of recipe.epochs={epochs}; nothing is unfrozen"
        return
    begins = (len(strategy.phases) - 1) * (strategy.phase_epochs or 1)
    if begins >= epochs:
        yield (
            f"transfer.phases: the last of {len(strategy.phases)} begins after {begins} epochs, and "
            f"recipe.epochs={epochs}"
        )
    counts = [float("inf") if count == "all" else count for count in strategy.phases]
    if counts != sorted(set(counts)):
        yield "transfer.phases: each phase must free more stages than the one before, as transfer.phases=[0,2,all]"
