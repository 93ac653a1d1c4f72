"""Enlarged from too few pixels."""

from __future__ import annotations

import torch
from PIL import Image
from torch import Tensor

from harness.data.shift.kinds._level import Level
from harness.data.shift.kinds._pillow import each


def pixelate(unit: Tensor, level: Level, generator: torch.Generator) -> Tensor:
    """Reduced to a share of the side and enlarged again, by Pillow's box filter."""
    share = level.of((0.95, 0.9, 0.85, 0.75, 0.65), (0.9, 0.8, 0.7, 0.6, 0.5), (0.6, 0.5, 0.4, 0.3, 0.25))

    def through_few(image: Image.Image) -> Image.Image:
        few = int(image.width * share)
        return image.resize((few, few), Image.Resampling.BOX).resize(image.size, Image.Resampling.BOX)

    return each(unit, through_few)
