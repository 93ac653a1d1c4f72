"""Random erasing."""

from __future__ import annotations

import math

import torch
from torch import Tensor

AREA = (0.02, 1 / 3)
RATIO = (0.3, 1 / 0.3)
_TRIES = 10


def random_erasing(batch: Tensor, generator: torch.Generator, strength: float) -> Tensor:
    """One rectangle in each image, with probability `strength`, is filled with one random colour.

    Zhong et al., "Random Erasing Data Augmentation" (2017), with timm's area (2 % to a third of the image), ratio of
    height to width (0.3 to 3.3, uniform in the logarithm), ten tries to fit and mode `rand`: one colour a rectangle,
    here uniform in 0..1. A colour for each pixel would have to be drawn on the CPU to be the same on every device.
    """
    count, channels, height, width = batch.shape
    chosen = torch.rand(count, generator=generator) < strength
    area = torch.empty(count, _TRIES).uniform_(*AREA, generator=generator) * height * width
    ratio = torch.empty(count, _TRIES).uniform_(*map(math.log, RATIO), generator=generator).exp()
    places = torch.rand(2, count, generator=generator)
    colours = torch.rand(count, channels, 1, 1, generator=generator)
    heights, widths = (area * ratio).sqrt().round(), (area / ratio).sqrt().round()
    fits = (heights < height) & (widths < width)
    first = fits.int().argmax(1, keepdim=True)  # the first that fits
    tall, wide = (sides.gather(1, first).squeeze(1) for sides in (heights, widths))
    inside = [
        _within(side, extent, place) for side, extent, place in ((tall, height, places[0]), (wide, width, places[1]))
    ]
    mask = inside[0][:, :, None] & inside[1][:, None, :] & (chosen & fits.any(1))[:, None, None]
    return torch.where(mask[:, None].to(batch.device), colours.to(batch), batch)


def _within(side: Tensor, extent: int, place: Tensor) -> Tensor:
    """Which of `extent` rows or columns lie in a strip of `side`, all its places being equally likely; [N, extent]."""
    start = (place * (extent - side + 1)).floor()[:, None]
    at = torch.arange(extent)[None]
    return (at >= start) & (at < start + side[:, None])
