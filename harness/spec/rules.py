"""Rules across fields: a key that has no effect in a combination is an error, not ignored."""

from __future__ import annotations

from collections.abc import Iterator

from harness.spec.spec import Data, Spec

_COLLECTIONS = ("torchvision", "medmnist", "huggingface")
_DATA_KEYS = {
    "set": _COLLECTIONS,
    "path": ("imagefolder", "medmnist", "huggingface"),
    "root": _COLLECTIONS,
    "download": _COLLECTIONS,
    "kwargs": ("torchvision", "huggingface"),
    "train_split": _COLLECTIONS,
    "test_split": _COLLECTIONS,
    "image_column": ("huggingface",),
    "label_column": ("huggingface",),
    "stream": ("huggingface",),
    "groups": ("imagefolder",),
    "unreadable": ("imagefolder", "torchvision", "huggingface"),
    "orientation": ("imagefolder", "torchvision", "huggingface"),
    "domain": ("made",),
}
"""Keys that only these data sets have."""


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
    yield from _data_faults(spec.data)
    if spec.recipe.optimizer != "sgd" and spec.recipe.momentum is not None:
        yield f"recipe.momentum: has no effect under recipe.optimizer={spec.recipe.optimizer}; use sgd"
    if spec.recipe.warmup_epochs > spec.recipe.epochs:
        yield f"recipe.warmup_epochs: {spec.recipe.warmup_epochs:g} is longer than recipe.epochs={spec.recipe.epochs}"
    if spec.transfer.name == "linear_probe" and spec.transforms.name != "none":
        yield "transforms: a linear probe computes its features once, without augmentation; use transforms=none"
    if spec.transfer.name == "linear_probe":
        for rate in ("attn_drop_rate", "proj_drop_rate", "drop_path_rate"):
            if getattr(spec.regularization, rate):
                yield f"regularization.{rate}: has no effect on a frozen backbone in eval mode; use transfer=full"


def _data_faults(data: Data) -> Iterator[str]:
    identified = data.path is not None or data.fingerprint is not None
    if data.name == "imagefolder" and not identified:
        yield "data.path: data=imagefolder needs the folder that holds train/ and val/"
    if data.name == "torchvision" and data.set is None:
        yield "data.set: data=torchvision needs the name of a set, such as CIFAR10"
    if data.name in ("medmnist", "huggingface") and data.set is None and not identified:
        yield f"data.set: data={data.name} needs the name of a set, or data.path for files of your own"
    if data.set is not None and data.path is not None and data.name in _DATA_KEYS["path"]:
        yield "data.set: has no effect beside data.path; give one of them"
    if data.stream and data.samples is None:
        yield "data.samples: a stream ends nowhere by itself; say how many images to take"
    for key, having in _DATA_KEYS.items():
        default = Data.model_fields[key].get_default(call_default_factory=True)
        if data.name not in having and getattr(data, key) != default:
            yield f"data.{key}: has no effect under data={data.name}; use data={' or '.join(having)}"
