"""The distribution of timm's EfficientNet code."""

from __future__ import annotations

import math

import torch
from torch import nn


def fan_out_uniform(weight: torch.Tensor, generator: torch.Generator) -> float:
    """Weight [classes, features] from U(±1/√classes), zero bias (timm's `_init_weight_goog`, after TensorFlow's)."""
    bound = 1 / math.sqrt(weight.shape[0])
    nn.init.uniform_(weight, -bound, bound, generator=generator)
    return 0.0
