"""The readout's scale in the maximal update parametrisation."""

from __future__ import annotations

import torch
from torch import nn


def mup(weight: torch.Tensor, generator: torch.Generator) -> float:
    """Weight [classes, features] from N(0, 1/features²), zero bias (Yang et al. 2022, table 3: output weights).

    The base width is 1 (Yang and Hu 2021). It is the initialisation alone: the readout's learning rate, which µP
    divides by the width, stays the recipe's.
    """
    nn.init.normal_(weight, std=1 / weight.shape[1], generator=generator)
    return 0.0
