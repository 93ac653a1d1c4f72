"""Light and colour, as PIL's ImageEnhance: an image and a plain version of it, blended by a factor.

A factor [N] of 1 leaves an image as it is, 0 gives the plain version, more than 1 goes beyond.
"""

from __future__ import annotations

from torch import Tensor
from torchvision.transforms.v2.functional import adjust_sharpness, rgb_to_grayscale


def _blend(batch: Tensor, plain: Tensor, factor: Tensor) -> Tensor:
    return (plain + (batch - plain) * factor[:, None, None, None]).clamp(0, 1)


def brightness(batch: Tensor, factor: Tensor) -> Tensor:
    """Against black."""
    return _blend(batch, batch.new_zeros(()), factor)


def contrast(batch: Tensor, factor: Tensor) -> Tensor:
    """Against the mean of the image in grey."""
    return _blend(batch, rgb_to_grayscale(batch).mean((1, 2, 3), keepdim=True), factor)


def color(batch: Tensor, factor: Tensor) -> Tensor:
    """Against the image in grey: saturation."""
    return _blend(batch, rgb_to_grayscale(batch), factor)


def sharpness(batch: Tensor, factor: Tensor) -> Tensor:
    """Against the image smoothed over 3 × 3 pixels."""
    return _blend(batch, adjust_sharpness(batch, 0.0), factor)
