"""What becomes of pixels after their geometry: each public function is one step, named as its key of `transforms`.

A step is a function `(batch, generator, strength) -> batch` on float images [N, 3, H, W] in 0..1, on any device. Its
random numbers come from the generator on the CPU, each image has its own, and each batch takes equally many.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from harness.data.transforms import _operations as operations


def color_jitter(batch: Tensor, generator: torch.Generator, strength: float) -> Tensor:
    """Brightness, contrast and saturation of each image by factors from U(1 - strength, 1 + strength).

    torchvision's ColorJitter without its hue, which ImageNet recipes leave at 0 (timm's default strength is 0.4), and
    in this fixed order instead of a drawn one.
    """
    factors = (1 + strength * (2 * torch.rand(3, len(batch), generator=generator) - 1)).to(batch)
    return operations.color(operations.contrast(operations.brightness(batch, factors[0]), factors[1]), factors[2])


LAYERS = 2
PROBABILITY = 0.5
DEVIATION = 0.5
HIGHEST = 10.0

Operation = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Of images [n, 3, H, W], how strong [n] in 0..1, and which way [n], -1 or 1."""


def _factor(level: Tensor, way: Tensor) -> Tensor:
    """Of a blend: away from 1 in either direction, down to 0.1 or up to 1.9."""
    return (1 + way * level * 0.9).clamp(min=0.1)


OPERATIONS: tuple[Operation, ...] = (
    lambda batch, level, way: operations.auto_contrast(batch),
    lambda batch, level, way: operations.equalize(batch),
    lambda batch, level, way: operations.invert(batch),
    lambda batch, level, way: operations.rotate(batch, way * level * math.radians(30)),
    lambda batch, level, way: operations.posterize(batch, 4 - (level * 4).floor()),
    lambda batch, level, way: operations.solarize(batch, 256 - (level * 256).floor()),
    lambda batch, level, way: operations.solarize_add(batch, (level * 110).floor()),
    lambda batch, level, way: operations.color(batch, _factor(level, way)),
    lambda batch, level, way: operations.contrast(batch, _factor(level, way)),
    lambda batch, level, way: operations.brightness(batch, _factor(level, way)),
    lambda batch, level, way: operations.sharpness(batch, _factor(level, way)),
    lambda batch, level, way: operations.shear_x(batch, way * level * 0.3),
    lambda batch, level, way: operations.shear_y(batch, way * level * 0.3),
    lambda batch, level, way: operations.translate_x(batch, way * level * 0.45),
    lambda batch, level, way: operations.translate_y(batch, way * level * 0.45),
)
"""timm's increasing set in its order, with its strengths at magnitude 10."""


def rand_augment(batch: Tensor, generator: torch.Generator, strength: float) -> Tensor:
    """Two operations on each image, drawn from fifteen, each left out half of the time, at magnitude `strength` of 10.

    Cubuk et al., "RandAugment" (2019), as timm's `rand-mM-mstd0.5-inc1`, with which its ImageNet weights were trained:
    the magnitude has a deviation of 0.5, and every operation gets stronger with it. Bilinear, for square images.
    """
    batch = batch.clone()
    count = len(batch)
    for _ in range(LAYERS):
        drawn = torch.randint(len(OPERATIONS), (count,), generator=generator)
        kept = torch.rand(count, generator=generator) < PROBABILITY
        magnitude = strength + DEVIATION * torch.randn(count, generator=generator)
        level = magnitude.clamp(0, HIGHEST) / HIGHEST
        way = torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)
        for number, operation in enumerate(OPERATIONS):
            chosen = torch.nonzero((drawn == number) & kept).squeeze(1)  # on the CPU: the device is not waited for
            if len(chosen):
                there = chosen.to(batch.device)
                batch[there] = operation(batch[there], level[chosen].to(batch), way[chosen].to(batch)).to(batch)
    return batch


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
