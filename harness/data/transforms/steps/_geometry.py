"""Turning, shearing and shifting square images; what comes in from outside is ImageNet's mean colour, as in timm."""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor

FILL = (124 / 255, 116 / 255, 104 / 255)


def _resample(batch: Tensor, rows: list[list[Tensor | float]]) -> Tensor:
    """Bilinear, by one affine map of output to input coordinates (-1 to 1 over the side) for each image."""
    count = len(batch)
    maps = torch.stack(
        [torch.stack([torch.as_tensor(entry).to(batch).expand(count) for entry in row], 1) for row in rows], 1
    )
    fill = batch.new_tensor(FILL)[:, None, None]
    grid = functional.affine_grid(maps, list(batch.shape), align_corners=False)
    # Zeros are what lies outside, so that the fill has to be zero while sampling.
    moved = functional.grid_sample(batch - fill, grid, mode="bilinear", align_corners=False) + fill
    return moved.clamp(0, 1)  # the detour over the fill rounds


def rotate(batch: Tensor, angle: Tensor) -> Tensor:
    """Counter-clockwise about the centre, by radians [N]."""
    return _resample(batch, [[angle.cos(), -angle.sin(), 0.0], [angle.sin(), angle.cos(), 0.0]])


def shear_x(batch: Tensor, factor: Tensor) -> Tensor:
    """Each row goes left by `factor` [N] of its distance from the top."""
    return _resample(batch, [[1.0, factor, factor], [0.0, 1.0, 0.0]])


def shear_y(batch: Tensor, factor: Tensor) -> Tensor:
    """Each column goes up by `factor` [N] of its distance from the left."""
    return _resample(batch, [[1.0, 0.0, 0.0], [factor, 1.0, factor]])


def translate_x(batch: Tensor, share: Tensor) -> Tensor:
    """To the left by a share [N] of the side."""
    return _resample(batch, [[1.0, 0.0, 2 * share], [0.0, 1.0, 0.0]])


def translate_y(batch: Tensor, share: Tensor) -> Tensor:
    """Upwards by a share [N] of the side."""
    return _resample(batch, [[1.0, 0.0, 0.0], [0.0, 1.0, 2 * share]])
