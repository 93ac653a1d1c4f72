"""Group normalisation (Wu and He 2018)."""

from __future__ import annotations

import math

from torch import nn

GROUPS = 32  # Wu and He's default


def group(features: int) -> nn.GroupNorm:
    """32 groups, or as many as divide the features; at least two features in each."""
    groups = math.gcd(GROUPS, features)
    return nn.GroupNorm(groups // 2 if groups == features and groups > 1 else groups, features)
