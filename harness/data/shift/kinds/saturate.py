"""Paler or stronger colours."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.data.shift.kinds._level import Level

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
