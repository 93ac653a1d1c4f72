"""A truncated normal distribution."""

from __future__ import annotations

import torch
from torch import nn

STD = 0.02  # timm's vision transformers and ConvNeXts


def trunc_normal(weight: torch.Tensor, generator: torch.Generator, std: float | None = None) -> float:
    """Weight [classes, features] from N(0, std²) cut at ±2, zero bias; `init.std` is 0.02 unless asked otherwise.

    0.02 is that of timm's vision transformers and ConvNeXts, 0.01 that of MAE's linear probe.
    """
    nn.init.trunc_normal_(weight, std=STD if std is None else std, generator=generator)
    return 0.0
