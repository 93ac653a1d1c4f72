"""From a PIL image to a square of pixels."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor


def to_square(image: Image.Image, size: int, interpolation: str) -> Tensor:
    """Centre square of an image in RGB, resized with antialiasing to uint8 [3, size, size].

    `interpolation` is one of PIL's filters by its name in lower case (bicubic, bilinear, lanczos, ...).

    Raises:
        ValueError: the pixels have no fixed range (32-bit integers or floats), or the filter is unknown.
    """
    try:
        method = Image.Resampling[interpolation.upper()]
    except KeyError:
        raise ValueError(f"there is no interpolation '{interpolation}'") from None
    square = ImageOps.fit(to_rgb(image), (size, size), method=method)
    return torch.from_numpy(np.array(square)).permute(2, 0, 1).contiguous()


def to_rgb(image: Image.Image) -> Image.Image:
    """The image in eight bits a channel.

    Sixteen-bit grey, common in medical images, is scaled; PIL's conversion would clip it.

    Raises:
        ValueError: the pixels have no fixed range (32-bit integers or floats).
    """
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode in ("I", "F"):
        raise ValueError(f"pixels of mode {image.mode} have no fixed range")
    return image.convert("RGB")
