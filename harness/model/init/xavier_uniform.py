"""Xavier's uniform distribution."""

from __future__ import annotations

import torch
from torch import nn


def xavier_uniform(weight: torch.Tensor, generator: torch.Generator) -> float:
    """Weight [classes, features] from U(±√(6/(features + classes))), zero bias (Glorot and Bengio 2010)."""
    nn.init.xavier_uniform_(weight, generator=generator)
    return 0.0
