"""A camera that moves towards the thing."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from harness.data.shift.kinds._level import Level


def zoom_blur(unit: Tensor, level: Level, generator: torch.Generator) -> Tensor:
    """The mean of the image and its magnifications, from 1 up to (not with) the given one in the given steps."""
    small = ((1.06, 0.01), (1.11, 0.01), (1.16, 0.01), (1.21, 0.01), (1.26, 0.01))
    large = ((1.11, 0.01), (1.16, 0.01), (1.21, 0.02), (1.26, 0.02), (1.31, 0.03))
    end, step = level.of(small, small, large)
    factors = np.arange(1, end, step).tolist()  # as the benchmark's are: a rounded 1.25 may give one pixel more
    return torch.stack([unit, *(_zoomed(unit, factor) for factor in factors)]).mean(dim=0)


def _zoomed(unit: Tensor, factor: float) -> Tensor:
    """The middle of the images, magnified, at the size that they had."""
    side = unit.shape[-1]
    kept = math.ceil(side / factor)
    start = (side - kept) // 2
    middle = unit[..., start : start + kept, start : start + kept]
    larger = interpolate(middle, size=round(kept * factor), mode="bilinear", align_corners=True)
    trim = (larger.shape[-1] - side) // 2
    return larger[..., trim : trim + side, trim : trim + side]
