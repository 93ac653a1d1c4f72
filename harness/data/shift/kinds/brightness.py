"""More light."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.data.shift.kinds._level import Level


def brightness(unit: Tensor, level: Level, generator: torch.Generator) -> Tensor:
    """Added to the value of HSV, while hue and saturation stay; black becomes grey."""
    cifar, larger = (0.05, 0.1, 0.15, 0.2, 0.3), (0.1, 0.2, 0.3, 0.4, 0.5)
    value = unit.amax(dim=1, keepdim=True)
    brighter = (value + level.of(cifar, larger, larger)).clamp(max=1)
    return torch.where(value > 0, unit / value.clamp(min=1 / 255) * brighter, brighter)
