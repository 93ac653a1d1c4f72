"""Batch normalisation (Ioffe and Szegedy 2015)."""

from __future__ import annotations

from torch import nn


def batch(features: int) -> nn.BatchNorm2d:
    """Over the batch and all positions. Its running statistics are at 0 and 1 until they are estimated."""
    return nn.BatchNorm2d(features)
