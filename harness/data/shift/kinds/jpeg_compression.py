"""Stored too small."""

from __future__ import annotations

from io import BytesIO

import torch
from PIL import Image
from torch import Tensor

from harness.data.shift.kinds._level import Level
from harness.data.shift.kinds._pillow import each


def jpeg_compression(unit: Tensor, level: Level, generator: torch.Generator) -> Tensor:
    """Through JPEG of a low quality, Pillow's 1 to 95."""
    quality = level.of((80, 65, 58, 50, 40), (65, 58, 50, 40, 25), (25, 18, 15, 10, 7))

    def compressed(image: Image.Image) -> Image.Image:
        file = BytesIO()
        image.save(file, "JPEG", quality=quality)
        return Image.open(file).convert("RGB")

    return each(unit, compressed)
