"""Preprocessing follows the weights in use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from timm.data import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD
from timm.models import get_pretrained_cfg

from harness.model.pretrained import Pretrained
from harness.spec.spec import Spec


@dataclass(frozen=True)
class Preprocessing:
    """Mean and deviation for each channel, for images in 0..1, and how images are resized.

    `crop` is the fraction of the centre square's side that is kept. timm's own `crop_pct` is not followed: in
    fine-tuning the whole square is learnt from, and so it is tested on.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]
    interpolation: str
    crop: float = 1.0


def preprocessing(spec: Spec, pretrained: Pretrained) -> Preprocessing:
    """What is stated beside the weights, else timm's values for the model; ImageNet's for one that it does not know."""
    config = get_pretrained_cfg(spec.backbone.name) if spec.backbone.library == "timm" else None
    stated: dict[str, Any] = config.to_dict() if config is not None else {}
    stated |= pretrained.preprocessing
    return Preprocessing(
        tuple(stated.get("mean", IMAGENET_DEFAULT_MEAN)),
        tuple(stated.get("std", IMAGENET_DEFAULT_STD)),
        stated.get("interpolation") or "bicubic",
        pretrained.preprocessing.get("crop", 1.0),
    )
