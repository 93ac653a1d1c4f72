"""Noise of little light."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.data.shift.kinds._level import Level


def shot_noise(unit: Tensor, level: Level, generator: torch.Generator) -> Tensor:
    """Photons counted: Poisson noise, at so many photons for white."""
    photons = level.of((500, 250, 100, 75, 50), (250, 100, 50, 30, 15), (60, 25, 12, 5, 3))
    return torch.poisson(unit * photons, generator=generator) / photons
