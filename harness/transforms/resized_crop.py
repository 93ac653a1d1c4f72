"""The augmentation of ImageNet."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from harness.transforms.parts.affine import resample

SCALE = (0.08, 1.0)
RATIO = (3 / 4, 4 / 3)
_TRIES = 10


def resized_crop(batch: Tensor, generator: torch.Generator) -> Tensor:
    """A random part of each image, enlarged to the old size; half of the images are flipped.

    Its area is 8 to 100 % of the image, its ratio of width to height 3/4 to 4/3, uniform in the logarithm:
    Szegedy et al., "Going Deeper with Convolutions" (2014), section 6, with the defaults, the ten tries and
    the fallback to the whole image of torchvision's RandomResizedCrop. Made for square images.
    """
    count = len(batch)
    area = torch.empty(count, _TRIES).uniform_(*SCALE, generator=generator)
    ratio = torch.empty(count, _TRIES).uniform_(*map(math.log, RATIO), generator=generator).exp()
    places = torch.rand(2, count, generator=generator) * 2 - 1
    flips = torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)
    widths, heights = (area * ratio).sqrt(), (area / ratio).sqrt()
    fits = (widths <= 1) & (heights <= 1)
    first = fits.int().argmax(1, keepdim=True)  # the first that fits
    whole = ~fits.any(1)
    width = widths.gather(1, first).squeeze(1).masked_fill(whole, 1.0)
    height = heights.gather(1, first).squeeze(1).masked_fill(whole, 1.0)
    maps = torch.zeros(count, 2, 3)
    maps[:, 0, 0] = width * flips
    maps[:, 1, 1] = height
    maps[:, 0, 2] = (1 - width) * places[0]
    maps[:, 1, 2] = (1 - height) * places[1]
    return resample(batch, maps)
