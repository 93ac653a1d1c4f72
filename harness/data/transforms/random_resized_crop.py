"""The augmentation of ImageNet."""

from __future__ import annotations

import math

import torch
from torch import Tensor

SCALE = (0.08, 1.0)
RATIO = (3 / 4, 4 / 3)
_TRIES = 10
MOVES_ONLY = True


def random_resized_crop(batch: Tensor, generator: torch.Generator) -> Tensor:
    """Flip half of the images, which are random parts of what is stored already: see `crops`."""
    flipped = torch.rand(len(batch), generator=generator) < 0.5
    turned = batch.clone()  # which keeps the order of channels in memory, as torch.stack and torch.where do not
    for position in torch.nonzero(flipped).flatten().tolist():
        turned[position] = batch[position].flip(2)
    return turned


def crops(sizes: Tensor, generator: torch.Generator) -> Tensor:
    """A random part of each image: from int64 [N, 2] (height, width) to [N, 4] (top, left, height, width), in pixels.

    Its area is 8 to 100 % of the image, its ratio of width to height 3/4 to 4/3, uniform in the logarithm:
    Szegedy et al., "Going Deeper with Convolutions" (2014), section 6, with the defaults, the ten tries and the
    fallback to the largest central part of an allowed ratio of torchvision's RandomResizedCrop.
    """
    count = len(sizes)
    area = torch.empty(count, _TRIES).uniform_(*SCALE, generator=generator) * sizes.prod(1, keepdim=True)
    ratio = torch.empty(count, _TRIES).uniform_(*map(math.log, RATIO), generator=generator).exp()
    places = torch.rand(count, 2, generator=generator)
    tried = torch.stack([(area / ratio).sqrt().round(), (area * ratio).sqrt().round()], 2).long()
    fits = ((tried > 0) & (tried <= sizes[:, None])).all(2)
    first = fits.int().argmax(1)  # the first that fits
    chosen = torch.where(fits.any(1, keepdim=True), tried[torch.arange(count), first], _largest(sizes))
    free = sizes - chosen
    corners = torch.where(fits.any(1, keepdim=True), (places * (free + 1)).long().minimum(free), free // 2)
    return torch.cat([corners, chosen], 1)


def _largest(sizes: Tensor) -> Tensor:
    """The height and width of the largest part of each image whose ratio is allowed."""
    heights, widths = sizes.unbind(1)
    return torch.stack(
        [heights.minimum((widths / RATIO[0]).round().long()), widths.minimum((heights * RATIO[1]).round().long())], 1
    )
