"""What each library does by default with an image before its network of an architecture sees it; measured on an image.

A checkpoint may come with settings of its own. These are the library's, which hold wherever nothing else is said.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

import timm
import torch
import torchvision
from PIL import Image
from sklearn.datasets import load_sample_image

from harness.diagnose.atlas.shared import SharedArchitecture
from harness.model.geometry import measured

Transform = Callable[[Image.Image], torch.Tensor]


class LibraryPreprocessing(NamedTuple):
    """Normalisation and side in pixels as stated, and the transform itself."""

    mean: tuple[float, ...]
    std: tuple[float, ...]
    side: int
    transform: Transform


def of_timm(architecture: SharedArchitecture) -> LibraryPreprocessing:
    """timm's evaluation transform for the weights that it loads by default."""
    config = timm.get_pretrained_cfg(architecture.timm)
    assert config is not None
    data = timm.data.resolve_data_config(pretrained_cfg=config.to_dict(), verbose=False)
    transform = timm.data.create_transform(**data, is_training=False)
    return LibraryPreprocessing(tuple(data["mean"]), tuple(data["std"]), data["input_size"][-1], transform)


def of_torchvision(architecture: SharedArchitecture) -> LibraryPreprocessing:
    """The transform that comes with torchvision's default weights."""
    assert architecture.torchvision is not None
    weights: Any = torchvision.models.get_model_weights(architecture.torchvision)
    transform = weights.DEFAULT.transforms()
    return LibraryPreprocessing(tuple(transform.mean), tuple(transform.std), transform.crop_size[0], transform)


def of_transformers(architecture: SharedArchitecture) -> LibraryPreprocessing:
    """The image processor of the model type, as its class makes it."""
    package = import_module("transformers")
    mapping = import_module("transformers.models.auto.image_processing_auto").IMAGE_PROCESSOR_MAPPING
    configuration = type(package.AutoConfig.for_model(architecture.transformers))
    if configuration not in mapping:
        raise LookupError(f"transformers names no image processor for {architecture.transformers}")
    listed = mapping[configuration]
    kinds = listed.values() if isinstance(listed, dict) else listed if isinstance(listed, tuple) else (listed,)
    processor = next(kind for kind in kinds if kind is not None)()
    size = processor.crop_size if getattr(processor, "do_center_crop", False) else processor.size
    size = dict(size or {})
    side = size.get("height") or size.get("shortest_edge") or size.get("longest_edge") or 0

    def transform(image: Image.Image) -> torch.Tensor:
        pixels: torch.Tensor = processor(image, return_tensors="pt")["pixel_values"][0]
        return pixels

    normalised = processor.do_normalize
    mean, std = (processor.image_mean, processor.image_std) if normalised else ((0, 0, 0), (1, 1, 1))
    return LibraryPreprocessing(tuple(mean), tuple(std), side, transform)


def of_transformers_timm(architecture: SharedArchitecture) -> LibraryPreprocessing:
    """The image processor of transformers' wrapper around timm."""
    package = import_module("transformers")
    config = timm.get_pretrained_cfg(architecture.timm)
    assert config is not None
    processor = package.TimmWrapperImageProcessor(config.to_dict(), architecture=architecture.timm)
    data = processor.data_config

    def transform(image: Image.Image) -> torch.Tensor:
        pixels: torch.Tensor = processor(image)["pixel_values"][0]
        return pixels

    return LibraryPreprocessing(tuple(data["mean"]), tuple(data["std"]), data["input_size"][-1], transform)


@cache
def photograph() -> Image.Image:
    """scikit-learn's photograph of a flower, 640 by 427 pixels."""
    return Image.fromarray(load_sample_image("flower.jpg"))


def geometry(prepared: LibraryPreprocessing) -> str:
    """Which part of an image twice as wide as high its transform gives, in words."""
    try:
        found = measured(lambda image: prepared.transform(image).float())
    except LookupError as error:
        return str(error)
    shape = "squashed" if found.squash else "centre"
    return shape if found.crop == 1 else f"{shape} {found.crop:.3g}"


def apart(first: LibraryPreprocessing, second: LibraryPreprocessing) -> float | None:
    """Mean absolute difference of the photograph's values after either; None where their shapes differ."""
    one, other = first.transform(photograph()).float(), second.transform(photograph()).float()
    return float((one - other).abs().mean()) if one.shape == other.shape else None
