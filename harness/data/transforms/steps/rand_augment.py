"""RandAugment."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from harness.data.transforms.steps import _blend as blend
from harness.data.transforms.steps import _geometry as geometry
from harness.data.transforms.steps import _tone as tone

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
    lambda batch, level, way: tone.auto_contrast(batch),
    lambda batch, level, way: tone.equalize(batch),
    lambda batch, level, way: tone.invert(batch),
    lambda batch, level, way: geometry.rotate(batch, way * level * math.radians(30)),
    lambda batch, level, way: tone.posterize(batch, 4 - (level * 4).floor()),
    lambda batch, level, way: tone.solarize(batch, 256 - (level * 256).floor()),
    lambda batch, level, way: tone.solarize_add(batch, (level * 110).floor()),
    lambda batch, level, way: blend.color(batch, _factor(level, way)),
    lambda batch, level, way: blend.contrast(batch, _factor(level, way)),
    lambda batch, level, way: blend.brightness(batch, _factor(level, way)),
    lambda batch, level, way: blend.sharpness(batch, _factor(level, way)),
    lambda batch, level, way: geometry.shear_x(batch, way * level * 0.3),
    lambda batch, level, way: geometry.shear_y(batch, way * level * 0.3),
    lambda batch, level, way: geometry.translate_x(batch, way * level * 0.45),
    lambda batch, level, way: geometry.translate_y(batch, way * level * 0.45),
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
