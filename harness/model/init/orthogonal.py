"""Orthogonal rows."""

from __future__ import annotations

import torch
from torch import nn


def orthogonal(weight: torch.Tensor, generator: torch.Generator) -> float:
    """Weight [classes, features] with orthonormal rows, zero bias (Saxe et al. 2014)."""
    nn.init.orthogonal_(weight, generator=generator)
    return 0.0
