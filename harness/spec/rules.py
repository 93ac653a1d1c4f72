"""Rules across fields: a key that has no effect in a combination is an error, not ignored."""

from __future__ import annotations

from collections.abc import Iterator

from harness.spec.errors import no_effect
from harness.spec.spec import Data, Evaluation, Shift, Spec, ends
from harness.spec.target_rules import targets
from harness.spec.training_rules import recipe, transfer
from harness.spec.variants import load_variant


def faults(spec: Spec) -> Iterator[str]:
    """Every rule that the spec breaks, one line each."""
    for rules in (_model, _one_channel, _data, _transforms, recipe, transfer, _evaluation, _shift, _bridge, targets):
        yield from rules(spec)


def _model(spec: Spec) -> Iterator[str]:
    """Keys of one library, source or creation method under another."""
    if spec.weights.name == "file" and spec.weights.path is None and spec.weights.fingerprint is None:
        yield "weights.path: weights=file needs the path of a weights file"
    if spec.weights.name != "file" and spec.weights.path is not None:
        yield no_effect("weights.path", f"under weights={spec.weights.name}; use weights=file")
    library = spec.backbone.library
    if library == "torchvision" and spec.weights.name in ("bundled", "hub", "package"):
        yield f"weights: {spec.weights.name} weights are timm's; for a torchvision model use torchvision, file or none"
    if library == "transformers" and spec.weights.name in ("bundled", "package"):
        yield f"weights: {spec.weights.name} weights are timm's; for a model of transformers use file, hub or none"
    if library != "timm" and spec.backbone.pool is not None:
        yield f"backbone.pool: {library}'s models have no such choice; use backbone.library=timm"
    if spec.weights.path is not None and spec.weights.path.is_dir() is not (library == "transformers"):
        wanted = "a folder with its config.json" if library == "transformers" else "one file"
        yield f"weights.path: {library} reads {wanted}, and {spec.weights.path.name} is none"
    if library != "torchvision" and spec.weights.name == "torchvision":
        yield f"weights: torchvision's weights have no effect under backbone.library={library}; use torchvision"
    if spec.weights.name != "torchvision" and spec.weights.tag is not None:
        yield no_effect("weights.tag", f"under weights={spec.weights.name}; use weights=torchvision")
    if spec.weights.name == "torchvision" and spec.weights.geometry == "stated":
        yield no_effect("weights.geometry=stated", "on torchvision's weights, whose part centre keeps as well")
    if spec.backbone.in_chans == RGB:
        if spec.backbone.first_conv != "carried":
            yield no_effect("backbone.first_conv", "on three channels; use backbone.in_chans=1")
        if spec.weights.mean_std == "first":
            yield no_effect("weights.mean_std=first", "on three channels; use backbone.in_chans=1")
    if spec.creation.name == "custom" and spec.creation.target is None:
        yield "creation.target: creation=custom needs a function of your own, as module.function"
    if spec.creation.name != "custom":
        if spec.creation.target is not None:
            yield no_effect("creation.target", f"under creation={spec.creation.name}; use creation=custom")
        if spec.creation.kwargs:
            yield no_effect("creation.kwargs", f"under creation={spec.creation.name}; use creation=custom")
    if spec.init.name == "zeros" and spec.init.scale != 1:
        yield no_effect("init.scale", "on zeros; use another init")
    if spec.init.std is not None and spec.init.name not in WITH_STD:
        yield no_effect("init.std", f"under init={spec.init.name}; use init={' or '.join(WITH_STD)}")
    if spec.init.share != 1 and not getattr(
        load_variant("harness.model.init", spec.init.name), "takes_features", False
    ):
        yield no_effect("init.share", f"under init={spec.init.name}; use init=fitted or class_means")


RGB = 3
COLOURED = {
    "transforms": ("rand_augment", "random_erasing"),
    "evaluation": ("bgr", "wrong_mean_std", "other_version_preprocessing"),
    "shift": ("saturate",),
}
"""What tells the channels apart, and has no place where there is one."""


def _one_channel(spec: Spec) -> Iterator[str]:
    """What would colour grey images."""
    if spec.weights.name == "torchvision" and spec.weights.geometry == "stated":
        yield no_effect("weights.geometry=stated", "on torchvision's weights, whose part centre keeps as well")
    if spec.backbone.in_chans == RGB:
        return
    coloured = [f"transforms.{step}" for step in COLOURED["transforms"] if getattr(spec.transforms, step) is not None]
    coloured += [f"evaluation={name}" for name in COLOURED["evaluation"] if spec.evaluation.name == name]
    coloured += [f"shift.kinds={name}" for name in COLOURED["shift"] if name in (spec.shift.kinds or ())]
    for key in coloured:
        yield f"{key}: tells channels apart, and backbone.in_chans=1 has one; leave it out, or use in_chans=3"


WITH_STD = ("normal", "trunc_normal")
"""Init schemes whose width is asked for."""

_COLLECTIONS = ("torchvision", "medmnist", "huggingface")
_DATA_KEYS = {
    "set": _COLLECTIONS,
    "path": ("imagefolder", "dicom", "medmnist", "huggingface", "table"),
    "root": _COLLECTIONS,
    "download": _COLLECTIONS,
    "kwargs": ("torchvision", "huggingface"),
    "train_split": ("imagefolder", "dicom", *_COLLECTIONS),
    "test_split": ("imagefolder", "dicom", *_COLLECTIONS),
    "image_column": ("huggingface",),
    "label_column": ("huggingface", "table", "dicom"),
    "stream": ("huggingface",),
    "groups": ("imagefolder", "dicom", "table"),
    "shared_groups": ("imagefolder", "dicom", "table"),
    "unreadable": ("imagefolder", "dicom", "torchvision", "huggingface", "table"),
    "depth": ("imagefolder", "huggingface", "table"),
    "orientation": ("imagefolder", "torchvision", "huggingface", "table"),
    "window": ("dicom", "imagefolder", "huggingface", "table"),
    "frame": ("dicom",),
    "domain": ("made",),
}
"""Keys that only these data sets have."""


def _data(spec: Spec) -> Iterator[str]:
    """What a data set needs to be found, and keys that only other data sets have."""
    asked = spec.data
    identified = asked.path is not None or asked.fingerprint is not None
    if asked.name in ("imagefolder", "dicom") and not identified:
        yield f"data.path: data={asked.name} needs the folder that holds train/ and val/"
    if asked.name == "table" and not identified:
        yield "data.path: data=table needs the folder that holds a CSV file and the images that it names"
    if asked.name == "torchvision" and asked.set is None:
        yield "data.set: data=torchvision needs the name of a set, such as CIFAR10"
    if asked.name in ("medmnist", "huggingface") and asked.set is None and not identified:
        yield f"data.set: data={asked.name} needs the name of a set, or data.path for files of your own"
    if asked.set is not None and asked.path is not None and asked.name in _DATA_KEYS["path"]:
        yield no_effect("data.set", "beside data.path; give one of them")
    if asked.window is not None and asked.depth is not None:
        yield no_effect("data.depth", "beside data.window; give one of them")
    if asked.stream and asked.samples is None:
        yield "data.samples: a stream ends nowhere by itself; say how many images to take"
    for key, having in _DATA_KEYS.items():
        default = Data.model_fields[key].get_default(call_default_factory=True)
        if asked.name not in having and getattr(asked, key) != default:
            yield no_effect(f"data.{key}", f"under data={asked.name}; use data={' or '.join(having)}")


def _transforms(spec: Spec) -> Iterator[str]:
    """Keys that only one scheme reads, and steps that cached features never see."""
    if spec.transforms.name != "random_resized_crop" and spec.transforms.short_side is not None:
        yield no_effect("transforms.short_side", f"under transforms={spec.transforms.name}; use random_resized_crop")
    for step in ("color_jitter", "rand_augment", "random_erasing"):
        if spec.transfer.name == "linear_probe" and getattr(spec.transforms, step) is not None:
            yield no_effect(f"transforms.{step}", "on features that are computed once; use transforms=none")


def _evaluation(spec: Spec) -> Iterator[str]:
    """Keys of a condition where there is none, and an average of weights that a condition cannot see."""
    condition = spec.evaluation
    if condition.name == "proper" and condition.batch_size != Evaluation().batch_size:
        yield no_effect("evaluation.batch_size", "on a proper evaluation; use evaluation=train_mode or another")
    if condition.name != "answers_flipped" and condition.flipped != Evaluation().flipped:
        yield no_effect("evaluation.flipped", f"on evaluation={condition.name}; use evaluation=answers_flipped")
    if condition.name != "proper" and spec.transfer.name == "linear_probe" and spec.recipe.ema_decay is not None:
        yield f"recipe.ema_decay: evaluation={condition.name} sees the whole model, whose head is not the averaged one"


_SHIFT_KEYS = {"kinds": "corruptions", "severity": "corruptions", "path": "folder"}


def _shift(spec: Spec) -> Iterator[str]:
    """Keys that only another shift has, a folder that is not named, and a mistake on top of a shift."""
    asked = spec.shift
    for key, having in _SHIFT_KEYS.items():
        if asked.name != having and getattr(asked, key) != Shift.model_fields[key].default:
            yield no_effect(f"shift.{key}", f"under shift={asked.name}; use shift={having}")
    if asked.name == "folder" and asked.path is None and asked.fingerprint is None:
        yield "shift.path: shift=folder needs the folder that holds CLASS/*"
    if asked.name != "none" and spec.evaluation.name != "proper":
        yield f"shift: {asked.name} has no place beside evaluation={spec.evaluation.name}; choose one of them"


def _bridge(spec: Spec) -> Iterator[str]:
    """A bridge with one end, and what the creation at its far end may not be."""
    to, takes = spec.bridge.to, spec.bridge.takes
    if takes is None:
        if to is not None:
            yield no_effect("bridge.to", "without bridge.takes, the factors to take over")
        return
    if to is None:
        yield "bridge.takes: needs bridge.to, the creation that the factors are taken from"
        return
    if (to.backbone.library, to.backbone.name) != (spec.backbone.library, spec.backbone.name):
        yield f"bridge.to: a hybrid has one architecture, got {spec.backbone.name} and {to.backbone.name}"
    for key in ("in_chans", "first_conv"):
        if getattr(to.backbone, key) != getattr(spec.backbone, key):
            yield f"bridge.to: both ends of a hybrid have one backbone.{key}; give it to neither or to both"
    yield from (f"bridge.to: {fault}" for fault in _model(ends(spec)[1]))
