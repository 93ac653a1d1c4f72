"""Instance normalisation (Ulyanov, Vedaldi and Lempitsky 2016)."""

from __future__ import annotations

from torch import nn


def instance(features: int) -> nn.InstanceNorm2d:
    """Over the positions of one feature of one image; scale and shift are learnt, no statistics are kept."""
    return nn.InstanceNorm2d(features, affine=True)
