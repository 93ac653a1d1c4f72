"""Norm layers to exchange a network's own for: each public function is one kind.

A kind is a function `(features) -> nn.Module`: the new layer for maps [N, features, H, W].
"""

from __future__ import annotations

import math

from timm.layers import LayerNorm2d
from torch import nn


def batch(features: int) -> nn.BatchNorm2d:
    """Over the batch and all positions. Its running statistics are at 0 and 1 until they are estimated."""
    return nn.BatchNorm2d(features)


GROUPS = 32  # Wu and He's default


def group(features: int) -> nn.GroupNorm:
    """32 groups, or as many as divide the features; at least two features in each."""
    groups = math.gcd(GROUPS, features)
    return nn.GroupNorm(groups // 2 if groups == features and groups > 1 else groups, features)


def layer(features: int) -> nn.Module:
    """Over the features of one position; epsilon 1e-6 as in timm's transformers and ConvNeXts."""
    norm: nn.Module = LayerNorm2d(features, eps=1e-6)
    return norm


def instance(features: int) -> nn.InstanceNorm2d:
    """Over the positions of one feature of one image; scale and shift are learnt, no statistics are kept."""
    return nn.InstanceNorm2d(features, affine=True)
