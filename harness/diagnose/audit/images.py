"""Images for an audit that was given none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

BATCH = 4
LARGEST = 128  # pixels; a network that takes any size is looked at on images no larger
OTHER_SIDES = (64, 128, 224, 299, 32)


def stated_config(model: nn.Module) -> Mapping[str, Any]:
    """What a timm model says of its pretrained weights; empty for any other model."""
    config = getattr(model, "pretrained_cfg", None) or getattr(model, "default_cfg", None) or {}
    if hasattr(config, "to_dict"):
        config = config.to_dict()
    return config if isinstance(config, Mapping) else {}


def channels(model: nn.Module) -> int:
    """Of the images that the model takes: those of its first convolution."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            return module.in_channels
    return 3


def channel_counts(model: nn.Module) -> tuple[int, ...]:
    """Numbers of channels that the model might take; one that transforms its images first has other convolutions."""
    stated = stated_config(model).get("input_size") or (3,)
    return tuple(dict.fromkeys((channels(model), int(stated[0]), 3)))


def sides(model: nn.Module) -> Iterator[int]:
    """Sides of square images that the model might take, in pixels, the most likely first."""
    config = stated_config(model)
    fixed = _fixed_side(model)
    if fixed is not None:
        yield fixed
    size = config.get("input_size")
    if size:
        if not config.get("fixed_input_size"):
            yield min(LARGEST, int(size[-1]))
        yield int(size[-1])
    yield from OTHER_SIDES


def _fixed_side(model: nn.Module) -> int | None:
    """The side that a model or one inside it is bound to: of timm's, torchvision's or transformers' patches."""
    for module in model.modules():
        config = getattr(module, "config", None)
        for owner, name in ((module, "img_size"), (module, "image_size"), (config, "image_size")):
            side = getattr(owner, name, None)
            side = side[0] if isinstance(side, tuple | list) and side else side
            if isinstance(side, int) and side > 0:
                return side
    return None


def synthetic_images(number: int, depth: int, side: int) -> Tensor:
    """Random normalised images [N, C, S, S]: mean 0, deviation 1, smooth as photographs are.

    Noise of all scales, each octave with the same power, roughly the 1/f spectrum of photographs (Field, 1987).
    """
    generator = torch.Generator().manual_seed(0)
    images = torch.zeros(number, depth, side, side)
    scale = 2
    while scale < 2 * side:
        noise = torch.randn(number, depth, min(scale, side), min(scale, side), generator=generator)
        images += interpolate(noise, size=(side, side), mode="bilinear", align_corners=False)
        scale *= 2
    mean, std = images.mean(dim=(1, 2, 3), keepdim=True), images.std(dim=(1, 2, 3), keepdim=True)
    return (images - mean) / std
