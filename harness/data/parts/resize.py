"""From a PIL image to a square of pixels."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

NO_RANGE = ("I", "F")
"""PIL's modes whose numbers do not say what white is."""


def to_square(image: Image.Image, size: int, interpolation: str) -> Tensor:
    """Centre square of an image in RGB, resized with antialiasing to uint8 [3, size, size].

    `interpolation` is one of PIL's filters by its name in lower case (bicubic, bilinear, lanczos, ...).
    Sixteen-bit grey, common in medical images, is scaled to eight; PIL's conversion would clip it.

    Raises:
        ValueError: the pixels have no fixed range (32-bit integers or floats), or the filter is unknown.
    """
    try:
        method = Image.Resampling[interpolation.upper()]
    except KeyError:
        raise ValueError(f"there is no interpolation '{interpolation}'") from None
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode in NO_RANGE:
        raise ValueError(f"pixels of mode {image.mode} have no fixed range")
    square = ImageOps.fit(image.convert("RGB"), (size, size), method=method)
    return torch.from_numpy(np.array(square)).permute(2, 0, 1).contiguous()
