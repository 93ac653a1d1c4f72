"""Layer normalisation (Ba, Kiros and Hinton 2016), at each position as in ConvNeXt."""

from __future__ import annotations

from timm.layers import LayerNorm2d
from torch import nn


def layer(features: int) -> nn.Module:
    """Over the features of one position; epsilon 1e-6 as in timm's transformers and ConvNeXts."""
    norm: nn.Module = LayerNorm2d(features, eps=1e-6)
    return norm
