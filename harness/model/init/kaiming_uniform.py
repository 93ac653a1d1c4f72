"""Kaiming's uniform distribution."""

from __future__ import annotations

import torch
from torch import nn


def kaiming_uniform(weight: torch.Tensor, generator: torch.Generator) -> float:
    """Weight [classes, features] from U(±√(6/features)), zero bias (He et al. 2015, for layers followed by a ReLU)."""
    nn.init.kaiming_uniform_(weight, nonlinearity="relu", generator=generator)
    return 0.0
