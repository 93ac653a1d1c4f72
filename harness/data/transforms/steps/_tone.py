"""Curves of brightness, as PIL's ImageOps draws them on 256 levels."""

from __future__ import annotations

import torch
from torch import Tensor
from torchvision.transforms.v2 import functional

_TOP = 255


def auto_contrast(batch: Tensor) -> Tensor:
    """Each channel is spread over the whole range."""
    spread: Tensor = functional.autocontrast(batch)
    return spread


def equalize(batch: Tensor) -> Tensor:
    """Each channel's histogram is made flat."""
    flat: Tensor = functional.equalize((batch * _TOP).round().to(torch.uint8))
    return flat.to(batch) / _TOP


def invert(batch: Tensor) -> Tensor:
    """Black becomes white."""
    return 1 - batch


def posterize(batch: Tensor, bits: Tensor) -> Tensor:
    """As many of the eight bits are kept, [N]."""
    step = 2 ** (8 - bits)[:, None, None, None]
    return ((batch * _TOP).round() / step).floor() * step / _TOP


def solarize(batch: Tensor, threshold: Tensor) -> Tensor:
    """What is at or above a threshold [N] of 256 is inverted."""
    return torch.where((batch * _TOP).round() >= threshold[:, None, None, None], 1 - batch, batch)


def solarize_add(batch: Tensor, add: Tensor) -> Tensor:
    """What is in the darker half gets `add` [N] of 256 levels brighter."""
    lighter = (batch + add[:, None, None, None] / _TOP).clamp(max=1)
    return torch.where((batch * _TOP).round() < 128, lighter, batch)
