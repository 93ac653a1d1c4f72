"""Rules across fields: a key that has no effect in a combination is an error, not ignored."""

from __future__ import annotations

from collections.abc import Iterator

from harness.spec.spec import Evaluation, Spec
from harness.spec.variants import load_variant


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
    if spec.init.name == "zeros" and spec.init.scale != 1:
        yield "init.scale: has no effect on zeros; use another init"
    if spec.init.share != 1 and not getattr(load_variant("harness.init", spec.init.name), "takes_features", False):
        yield f"init.share: has no effect under init={spec.init.name}; use init=fitted or class_means"
    if spec.data.name == "imagefolder" and spec.data.path is None and spec.data.fingerprint is None:
        yield "data.path: data=imagefolder needs the folder that holds train/ and val/"
    if spec.data.name != "imagefolder":
        if spec.data.path is not None:
            yield f"data.path: has no effect under data={spec.data.name}; use data=imagefolder"
        if spec.data.groups is not None:
            yield f"data.groups: has no effect under data={spec.data.name}; use data=imagefolder"
    if spec.data.name != "made" and spec.data.domain != "target":
        yield f"data.domain: has no effect under data={spec.data.name}; use data=made"
    if spec.recipe.optimizer != "sgd" and spec.recipe.momentum is not None:
        yield f"recipe.momentum: has no effect under recipe.optimizer={spec.recipe.optimizer}; use sgd"
    if spec.recipe.warmup_epochs > spec.recipe.epochs:
        yield f"recipe.warmup_epochs: {spec.recipe.warmup_epochs:g} is longer than recipe.epochs={spec.recipe.epochs}"
    if spec.evaluation.name == "proper" and spec.evaluation.batch_size != Evaluation().batch_size:
        yield "evaluation.batch_size: has no effect on a proper evaluation; use evaluation=train_mode or another"
    if spec.transfer.name == "linear_probe" and spec.transforms.name != "none":
        yield "transforms: a linear probe computes its features once, without augmentation; use transforms=none"
    if spec.transfer.name == "linear_probe":
        for rate in ("attn_drop_rate", "proj_drop_rate", "drop_path_rate"):
            if getattr(spec.regularization, rate):
                yield f"regularization.{rate}: has no effect on a frozen backbone in eval mode; use transfer=full"
