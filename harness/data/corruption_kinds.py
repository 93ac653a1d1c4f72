"""Kinds of corruption: `(unit, level, generator) -> unit`, float images in 0..1, [N, 3, S, S]; one a public function.

The strengths, for severities 1 to 5, are those of the benchmark's own scripts (github.com/hendrycks/robustness:
`make_cifar_c.py`, `make_tinyimagenet_c.py`, `make_imagenet_c.py`). What leaves 0..1 is clipped by the caller.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TypeVar

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate, pad
from torchvision.transforms.v2.functional import gaussian_blur as blur

Strength = TypeVar("Strength")
CIFAR, TINY_IMAGENET, IMAGENET = 32, 64, 224
"""The sides in pixels that the benchmark's three lists of strengths were made for."""


@dataclass(frozen=True)
class Level:
    """A severity of 1 to 5 on images of `size` pixels a side."""

    severity: int
    size: int

    def of(self, cifar: Sequence[Strength], tiny: Sequence[Strength], imagenet: Sequence[Strength]) -> Strength:
        """The strength from CIFAR-10-C's, Tiny-ImageNet-C's or ImageNet-C's list: whose size is nearest in ratio."""
        lists = {CIFAR: cifar, TINY_IMAGENET: tiny, IMAGENET: imagenet}
        nearest = min(lists, key=lambda side: max(side / self.size, self.size / side))
        return lists[nearest][self.severity - 1]


def _each(unit: Tensor, change: Callable[[Image.Image], Image.Image]) -> Tensor:
    """`change` applied to each image of a batch [N, 3, S, S] in 0..1."""
    stored = (unit * 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous().numpy()
    changed = np.stack([np.asarray(change(Image.fromarray(image))) for image in stored])
    return torch.from_numpy(changed).permute(0, 3, 1, 2).float() / 255


def brightness(unit: Tensor, level: Level, generator: torch.Generator) -> Tensor:
    """Added to the value of HSV, while hue and saturation stay; black becomes grey."""
    cifar, larger = (0.05, 0.1, 0.15, 0.2, 0.3), (0.1, 0.2, 0.3, 0.4, 0.5)
    value = unit.amax(dim=1, keepdim=True)
    brighter = (value + level.of(cifar, larger, larger)).clamp(max=1)
    return torch.where(value > 0, unit / value.clamp(min=1 / 255) * brighter, brighter)


def contrast(unit: Tensor, level: Level, generator: torch.Generator) -> Tensor:
    """Distances to the mean of each image's channels, shrunk by a factor."""
    larger = (0.4, 0.3, 0.2, 0.1, 0.05)
    factor = level.of((0.75, 0.5, 0.4, 0.3, 0.15), larger, larger)
    mean = unit.mean(dim=(2, 3), keepdim=True)
    return (unit - mean) * factor + mean


DEVIATIONS = 4
"""Where scikit-image's filter, which the benchmark uses, cuts its kernel."""


def gaussian_blur(unit: Tensor, level: Level, generator: torch.Generator) -> Tensor:
    """A normal kernel, its deviation in pixels; the border is repeated."""
    deviation = level.of((0.4, 0.6, 0.7, 0.8, 1.0), (0.5, 0.75, 1.0, 1.25, 1.5), (1.0, 2.0, 3.0, 4.0, 6.0))
    reach = int(DEVIATIONS * deviation + 0.5)
    wider = pad(unit, [reach] * 4, mode="replicate")
    blurred: Tensor = blur(wider, [2 * reach + 1] * 2, [deviation] * 2)
    return blurred[..., reach:-reach, reach:-reach]


def gaussian_noise(unit: Tensor, level: Level, generator: torch.Generator) -> Tensor:
    """Normal noise, the same in light and dark places."""
    deviation = level.of((0.04, 0.06, 0.08, 0.09, 0.10), (0.04, 0.08, 0.12, 0.15, 0.18), (0.08, 0.12, 0.18, 0.26, 0.38))
    return unit + deviation * torch.randn(unit.shape, generator=generator)


def impulse_noise(unit: Tensor, level: Level, generator: torch.Generator) -> Tensor:
    """A fraction of the values, each channel by itself, is set to 0 or 1."""
    fraction = level.of((0.01, 0.02, 0.03, 0.05, 0.07), (0.01, 0.02, 0.05, 0.08, 0.14), (0.03, 0.06, 0.09, 0.17, 0.27))
    struck = torch.rand(unit.shape, generator=generator) < fraction
    return torch.where(struck, (torch.rand(unit.shape, generator=generator) < 0.5).float(), unit)


def jpeg_compression(unit: Tensor, level: Level, generator: torch.Generator) -> Tensor:
    """Through JPEG of a low quality, Pillow's 1 to 95."""
    quality = level.of((80, 65, 58, 50, 40), (65, 58, 50, 40, 25), (25, 18, 15, 10, 7))

    def compressed(image: Image.Image) -> Image.Image:
        file = BytesIO()
        image.save(file, "JPEG", quality=quality)
        return Image.open(file).convert("RGB")

    return _each(unit, compressed)


def pixelate(unit: Tensor, level: Level, generator: torch.Generator) -> Tensor:
    """Reduced to a fraction of the side and enlarged again, by Pillow's box filter."""
    fraction = level.of((0.95, 0.9, 0.85, 0.75, 0.65), (0.9, 0.8, 0.7, 0.6, 0.5), (0.6, 0.5, 0.4, 0.3, 0.25))

    def through_few(image: Image.Image) -> Image.Image:
        few = int(image.width * fraction)
        return image.resize((few, few), Image.Resampling.BOX).resize(image.size, Image.Resampling.BOX)

    return _each(unit, through_few)


RED = torch.tensor([0.0, 1.0, 1.0]).view(1, 3, 1, 1)
"""How far each channel lies below the value where the hue is red, which grey has by convention."""


def saturate(unit: Tensor, level: Level, generator: torch.Generator) -> Tensor:
    """The saturation of HSV multiplied, and added to; hue and value stay. Grey images that are added to turn red."""
    factor, more = level.of(
        ((0.3, 0), (0.1, 0), (1.5, 0), (2, 0.1), (2.5, 0.2)),
        ((0.3, 0), (0.1, 0), (2, 0), (5, 0.1), (30, 0.2)),
        ((0.3, 0), (0.1, 0), (2, 0), (5, 0.1), (20, 0.2)),
    )
    value = unit.amax(dim=1, keepdim=True)
    spread = value - unit.amin(dim=1, keepdim=True)
    below = torch.where(spread > 0, (value - unit) / spread.clamp(min=1 / 255), RED)
    saturation = (factor * spread / value.clamp(min=1 / 255) + more).clamp(0, 1)
    return value * (1 - saturation * below)


def shot_noise(unit: Tensor, level: Level, generator: torch.Generator) -> Tensor:
    """Photons counted: Poisson noise, at so many photons for white."""
    photons = level.of((500, 250, 100, 75, 50), (250, 100, 50, 30, 15), (60, 25, 12, 5, 3))
    return torch.poisson(unit * photons, generator=generator) / photons


def speckle_noise(unit: Tensor, level: Level, generator: torch.Generator) -> Tensor:
    """Normal noise that multiplies, as in ultrasound and radar."""
    deviation = level.of((0.06, 0.1, 0.12, 0.16, 0.2), (0.15, 0.2, 0.25, 0.3, 0.35), (0.15, 0.2, 0.35, 0.45, 0.6))
    return unit * (1 + deviation * torch.randn(unit.shape, generator=generator))


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
