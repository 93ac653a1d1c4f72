"""Kaiming's normal distribution."""

from __future__ import annotations

import torch
from torch import nn


def kaiming_normal(weight: torch.Tensor, generator: torch.Generator) -> float:
    """Weight [classes, features] from N(0, 2/features), zero bias (He et al. 2015, for layers followed by a ReLU)."""
    nn.init.kaiming_normal_(weight, nonlinearity="relu", generator=generator)
    return 0.0
