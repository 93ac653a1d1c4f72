"""Rules across fields: a key that has no effect in a combination is an error, not ignored."""

from __future__ import annotations

from collections.abc import Iterator

from harness.spec.spec import Spec, Transfer


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
    if spec.recipe.optimizer != "sgd" and spec.recipe.momentum is not None:
        yield f"recipe.momentum: has no effect under recipe.optimizer={spec.recipe.optimizer}; use sgd"
    if spec.recipe.warmup_epochs > spec.recipe.epochs:
        yield f"recipe.warmup_epochs: {spec.recipe.warmup_epochs:g} is longer than recipe.epochs={spec.recipe.epochs}"
    yield from _transfer(spec)


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


def _transfer(spec: Spec) -> Iterator[str]:
    transfer, epochs = spec.transfer, spec.recipe.epochs
    for key, strategies in STRATEGIES.items():
        default = type(transfer).model_fields[key].get_default(call_default_factory=True)
        if getattr(transfer, key) != default and transfer.name not in strategies:
            yield f"transfer.{key}: has no effect under transfer={transfer.name}; use {' or '.join(strategies)}"
    if transfer.name == "linear_probe" and spec.transforms.name != "none":
        yield (
            "transforms: a linear probe computes its features once, without augmentation; use transforms=none or "
            "transfer=frozen_backbone"
        )
    still = transfer.name in ("linear_probe", "frozen_backbone") and transfer.frozen == "eval"
    if still:
        for rate in ("attn_drop_rate", "proj_drop_rate", "drop_path_rate"):
            if getattr(spec.regularization, rate):
                yield f"regularization.{rate}: has no effect on a frozen backbone in eval mode; use transfer=full"
    if still and transfer.batchnorm == "frozen":
        yield f"transfer.batchnorm: frozen has no effect under transfer={transfer.name}, where all is in eval mode"
    if still and transfer.norm == "batch" and transfer.batchnorm != "reestimated":
        yield (
            f"transfer.norm: batch has no statistics under transfer={transfer.name}, where all is in eval mode; "
            "add transfer.batchnorm=reestimated"
        )
    if transfer.batchnorm == "adapted" and transfer.name not in ("full", "layerwise_decay"):
        yield f"transfer.batchnorm: adapted says what learns, and so does transfer={transfer.name}; use transfer=full"
    if transfer.decay is not None and transfer.lr_stem is not None:
        yield "transfer.lr_stem: has no effect beside transfer.decay; give one of the two"
    if transfer.lr_stem is not None and transfer.lr_stem > spec.recipe.lr:
        yield f"transfer.lr_stem: {transfer.lr_stem:g} is above recipe.lr={spec.recipe.lr:g}, the rate of the head"
    if transfer.name == "parameter_groups" and not transfer.groups:
        yield "transfer.groups: transfer=parameter_groups needs patterns and factors, as transfer.groups={blocks.0:0.1}"
    if transfer.name == "parameter_groups" and transfer.frozen == "train" and 0 not in transfer.groups.values():
        yield "transfer.frozen: has no effect where no factor of transfer.groups is 0, and nothing is frozen"
    if transfer.name == "probe_then_tune" and (transfer.probe_epochs or 1) >= epochs:
        first = "half of the epochs" if transfer.probe_epochs is None else str(transfer.probe_epochs)
        yield f"transfer.probe_epochs: {first} for the head leave nothing to tune in recipe.epochs={epochs}"
    if transfer.name == "gradual_unfreezing":
        yield from _phases(transfer, epochs)


def _phases(transfer: Transfer, epochs: int) -> Iterator[str]:
    if transfer.phases is None:
        if (transfer.phase_epochs or 1) >= epochs:
            yield f"transfer.phase_epochs: the first phase takes all of recipe.epochs={epochs}; nothing is unfrozen"
        return
    begins = (len(transfer.phases) - 1) * (transfer.phase_epochs or 1)
    if begins >= epochs:
        yield (
            f"transfer.phases: the last of {len(transfer.phases)} begins after {begins} epochs, and "
            f"recipe.epochs={epochs}"
        )
    counts = [float("inf") if count == "all" else count for count in transfer.phases]
    if counts != sorted(set(counts)):
        yield "transfer.phases: each phase must free more stages than the one before, as transfer.phases=[0,2,all]"
