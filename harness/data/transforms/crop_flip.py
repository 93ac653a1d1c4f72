"""The augmentation of CIFAR."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.data.transforms import rearranged

MOVES_ONLY = True


def crop_flip(batch: Tensor, generator: torch.Generator) -> Tensor:
    """Pad by an eighth of the side by reflection, crop at random to the old size, flip half of the images."""
    return rearranged(batch, sources(batch.shape, generator))


def sources(shape: torch.Size, generator: torch.Generator) -> Tensor:
    """Where each pixel of a batch comes from: int64 [N, H * W], for images [N, C, H, W].

    At 32 px this is the pad of 4, crop and horizontal flip of He et al., "Deep Residual Learning" (2015),
    section 4.2, with reflection instead of their zeros as in Zagoruyko and Komodakis, "Wide Residual Networks"
    (2016).
    """
    count, _, height, width = shape
    pad = (height // 8, width // 8)
    rows = torch.randint(-pad[0], pad[0] + 1, (count, 1), generator=generator) + torch.arange(height)
    columns = torch.randint(-pad[1], pad[1] + 1, (count, 1), generator=generator) + torch.arange(width)
    flipped = torch.rand(count, 1, generator=generator) < 0.5
    columns = torch.where(flipped, columns.flip(1), columns)
    # Reflection without repeating the edge pixel; a pad of an eighth crosses each edge once at most.
    rows = (height - 1) - ((height - 1) - rows.abs()).abs()
    columns = (width - 1) - ((width - 1) - columns.abs()).abs()
    return (rows[:, :, None] * width + columns[:, None, :]).flatten(1)
