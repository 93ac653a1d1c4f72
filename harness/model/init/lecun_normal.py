"""LeCun's normal distribution."""

from __future__ import annotations

import torch
from torch import nn


def lecun_normal(weight: torch.Tensor, generator: torch.Generator) -> float:
    """Weight [classes, features] from N(0, 1/features), zero bias (LeCun et al. 1998).

    So transformers draws the classifiers of CLIP, MetaCLIP 2 and SigLIP.
    """
    nn.init.kaiming_normal_(weight, nonlinearity="linear", generator=generator)
    return 0.0
