"""Batches of images as a network takes them."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from harness.data.parts.images import Images
from harness.models.preprocessing import Preprocessing
from harness.spec.spec import Spec
from harness.transfer.parts.learner import Take
from harness.transfer.parts.pixels import Normalise, unit_range
from harness.transforms.parts.augmentation import augmentation


def image_batches(spec: Spec, preprocessing: Preprocessing, device: torch.device) -> Callable[[Images], Take]:
    """From a set of images to its batches: in 0..1, augmented as `spec.transforms` says, and normalised."""
    normalise = Normalise(preprocessing, device)
    augment = augmentation(spec.transforms)

    def batches(images: Images) -> Take:
        pixels = images.pixels.to(device)

        def take(index: Tensor, generator: torch.Generator | None) -> Tensor:
            unit = unit_range(pixels[index])
            return normalise(unit if generator is None else augment(unit, generator))

        return take

    return batches
