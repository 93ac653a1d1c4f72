"""Noise of a poor sensor."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.data.shift.kinds._level import Level


def gaussian_noise(unit: Tensor, level: Level, generator: torch.Generator) -> Tensor:
    """Normal noise, the same in light and dark places."""
    deviation = level.of((0.04, 0.06, 0.08, 0.09, 0.10), (0.04, 0.08, 0.12, 0.15, 0.18), (0.08, 0.12, 0.18, 0.26, 0.38))
    return unit + deviation * torch.randn(unit.shape, generator=generator)
