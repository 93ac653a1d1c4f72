"""Less contrast."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.data.shift.kinds._level import Level


def contrast(unit: Tensor, level: Level, generator: torch.Generator) -> Tensor:
    """Distances to the mean of each image's channels, shrunk by a factor."""
    larger = (0.4, 0.3, 0.2, 0.1, 0.05)
    factor = level.of((0.75, 0.5, 0.4, 0.3, 0.15), larger, larger)
    mean = unit.mean(dim=(2, 3), keepdim=True)
    return (unit - mean) * factor + mean
