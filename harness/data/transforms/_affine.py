"""One resampling of a whole batch, with an affine map for each image."""

from __future__ import annotations

import torch.nn.functional as functional
from torch import Tensor


def resample(batch: Tensor, maps: Tensor) -> Tensor:
    """Bilinear samples of a batch [N, 3, H, W]; beyond its edge an image goes on with its edge pixels.

    `maps` [N, 2, 3] takes output to input coordinates, both from -1 (first edge) to 1 (last edge) in x and y.
    """
    grid = functional.affine_grid(maps.to(batch), list(batch.shape), align_corners=False)
    return functional.grid_sample(batch, grid, mode="bilinear", padding_mode="border", align_corners=False)
