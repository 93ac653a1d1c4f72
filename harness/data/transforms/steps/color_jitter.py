"""Colour jitter."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.data.transforms.steps._blend import brightness, color, contrast


def color_jitter(batch: Tensor, generator: torch.Generator, strength: float) -> Tensor:
    """Brightness, contrast and saturation of each image by factors from U(1 - strength, 1 + strength).

    torchvision's ColorJitter without its hue, which ImageNet recipes leave at 0 (timm's default strength is 0.4), and
    in this fixed order instead of a drawn one.
    """
    factors = (1 + strength * (2 * torch.rand(3, len(batch), generator=generator) - 1)).to(batch)
    return color(contrast(brightness(batch, factors[0]), factors[1]), factors[2])
