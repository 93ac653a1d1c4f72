"""Noise in proportion to the light."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.data.shift.kinds._level import Level


def speckle_noise(unit: Tensor, level: Level, generator: torch.Generator) -> Tensor:
    """Normal noise that multiplies, as in ultrasound and radar."""
    deviation = level.of((0.06, 0.1, 0.12, 0.16, 0.2), (0.15, 0.2, 0.25, 0.3, 0.35), (0.15, 0.2, 0.35, 0.45, 0.6))
    return unit * (1 + deviation * torch.randn(unit.shape, generator=generator))
