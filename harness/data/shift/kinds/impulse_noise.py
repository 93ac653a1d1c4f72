"""Salt and pepper."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.data.shift.kinds._level import Level


def impulse_noise(unit: Tensor, level: Level, generator: torch.Generator) -> Tensor:
    """A share of the values, each channel by itself, is set to 0 or 1."""
    share = level.of((0.01, 0.02, 0.03, 0.05, 0.07), (0.01, 0.02, 0.05, 0.08, 0.14), (0.03, 0.06, 0.09, 0.17, 0.27))
    struck = torch.rand(unit.shape, generator=generator) < share
    return torch.where(struck, (torch.rand(unit.shape, generator=generator) < 0.5).float(), unit)
