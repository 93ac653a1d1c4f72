"""Xavier's normal distribution."""

from __future__ import annotations

import torch
from torch import nn


def xavier_normal(weight: torch.Tensor, generator: torch.Generator) -> float:
    """Weight [classes, features] from N(0, 2/(features + classes)), zero bias (Glorot and Bengio 2010)."""
    nn.init.xavier_normal_(weight, generator=generator)
    return 0.0
