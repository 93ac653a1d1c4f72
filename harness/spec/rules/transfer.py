"""Rules of the transfer strategies."""

from __future__ import annotations

from collections.abc import Iterator

from harness.spec.rules.fault import no_effect
from harness.spec.spec import Spec, Transfer

STRATEGIES = {
    "frozen": ("frozen_backbone", "last_stages", "gradual_unfreezing", "probe_then_tune", "parameter_groups"),
    "stages": ("last_stages",),
    "phases": ("gradual_unfreezing",),
    "phase_epochs": ("gradual_unfreezing",),
    "probe_epochs": ("probe_then_tune",),
    "decay": ("layerwise_decay",),
    "lr_stem": ("layerwise_decay",),
    "depth": ("layerwise_decay",),
    "groups": ("parameter_groups",),
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
