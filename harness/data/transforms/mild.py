"""The augmentation of medical images: nothing that changes what is to be seen."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as functional
from torch import Tensor


def resample(batch: Tensor, maps: Tensor) -> Tensor:
    """Bilinear samples of a batch [N, 3, H, W]; beyond its edge an image goes on with its edge pixels.

    `maps` [N, 2, 3] takes output to input coordinates, both from -1 (first edge) to 1 (last edge) in x and y.
    """
    grid = functional.affine_grid(maps.to(batch), list(batch.shape), align_corners=False)
    return functional.grid_sample(batch, grid, mode="bilinear", padding_mode="border", align_corners=False)


DEGREES = 10.0
SHIFT = 0.05
SCALE = (0.95, 1.05)
LIGHT = (0.9, 1.1)


def mild(batch: Tensor, generator: torch.Generator) -> Tensor:
    """Turn by up to 10°, shift by up to 5 % of the side, change scale by 5, brightness and contrast by 10 %.

    There is no flip, which would move the heart to the other side, and no crop, which could lose the finding.
    Brightness and contrast are factors as in torchvision's ColorJitter; contrast turns about an image's mean.
    """
    count = len(batch)
    draws = torch.rand(6, count, generator=generator) * 2 - 1
    angle = draws[0] * math.radians(DEGREES)
    scale = _between(draws[1], SCALE)
    maps = torch.zeros(count, 2, 3)
    maps[:, 0, 0] = maps[:, 1, 1] = angle.cos() / scale
    maps[:, 0, 1] = -angle.sin() / scale
    maps[:, 1, 0] = angle.sin() / scale
    maps[:, :, 2] = draws[2:4].T * (2 * SHIFT)  # the side is two units long
    lights = torch.stack([_between(draws[4], LIGHT), _between(draws[5], LIGHT)]).to(batch)
    brightness, contrast = lights[:, :, None, None, None].unbind()
    lit = resample(batch, maps) * brightness
    mean = lit.mean((1, 2, 3), keepdim=True)
    changed: Tensor = (lit - mean) * contrast + mean
    return changed.clamp(0, 1)


def _between(draw: Tensor, bounds: tuple[float, float]) -> Tensor:
    low, high = bounds
    return low + (draw + 1) / 2 * (high - low)
