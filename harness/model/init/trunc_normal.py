"""A truncated normal distribution."""

from __future__ import annotations

import torch
from torch import nn


def trunc_normal(weight: torch.Tensor, generator: torch.Generator) -> float:
    """Weight [classes, features] from N(0, 0.02²) cut at ±2, zero bias (timm's vision transformers and ConvNeXts)."""
    nn.init.trunc_normal_(weight, std=0.02, generator=generator)
    return 0.0
