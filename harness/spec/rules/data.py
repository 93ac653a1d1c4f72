"""Rules of the data sets."""

from __future__ import annotations

from collections.abc import Iterator

from harness.spec.rules.fault import no_effect
from harness.spec.spec import Data, Spec

_COLLECTIONS = ("torchvision", "medmnist", "huggingface")
_DATA_KEYS = {
    "set": _COLLECTIONS,
    "path": ("imagefolder", "medmnist", "huggingface"),
    "root": _COLLECTIONS,
    "download": _COLLECTIONS,
    "kwargs": ("torchvision", "huggingface"),
    "train_split": ("imagefolder", *_COLLECTIONS),
    "test_split": ("imagefolder", *_COLLECTIONS),
    "image_column": ("huggingface",),
    "label_column": ("huggingface",),
    "stream": ("huggingface",),
    "groups": ("imagefolder",),
    "unreadable": ("imagefolder", "torchvision", "huggingface"),
    "depth": ("imagefolder", "huggingface"),
    "orientation": ("imagefolder", "torchvision", "huggingface"),
    "domain": ("made",),
}
"""Keys that only these data sets have."""


def data(spec: Spec) -> Iterator[str]:
    """What a data set needs to be found, and keys that only other data sets have."""
    asked = spec.data
    identified = asked.path is not None or asked.fingerprint is not None
    if asked.name == "imagefolder" and not identified:
        yield "data.path: data=imagefolder needs the folder that holds train/ and val/"
    if asked.name == "torchvision" and asked.set is None:
        yield "data.set: data=torchvision needs the name of a set, such as CIFAR10"
    if asked.name in ("medmnist", "huggingface") and asked.set is None and not identified:
        yield f"data.set: data={asked.name} needs the name of a set, or data.path for files of your own"
    if asked.set is not None and asked.path is not None and asked.name in _DATA_KEYS["path"]:
        yield no_effect("data.set", "beside data.path; give one of them")
    if asked.stream and asked.samples is None:
        yield "data.samples: a stream ends nowhere by itself; say how many images to take"
    for key, having in _DATA_KEYS.items():
        default = Data.model_fields[key].get_default(call_default_factory=True)
        if asked.name not in having and getattr(asked, key) != default:
            yield no_effect(f"data.{key}", f"under data={asked.name}; use data={' or '.join(having)}")
