"""What `torch.nn.Linear` does by itself."""

from __future__ import annotations

import math

import torch
from torch import nn


def torch_default(weight: torch.Tensor, generator: torch.Generator) -> float:
    """Weight [classes, features] and bias from U(±1/√features) (`nn.Linear`'s own: Kaiming uniform with a = √5)."""
    nn.init.kaiming_uniform_(weight, a=math.sqrt(5), generator=generator)
    return 1 / math.sqrt(weight.shape[1])
