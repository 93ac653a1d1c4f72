"""A normal distribution of a width that is asked for."""

from __future__ import annotations

import torch
from torch import nn

STD = 0.02  # transformers' `initializer_range`


def normal(weight: torch.Tensor, generator: torch.Generator, std: float | None = None) -> float:
    """Weight [classes, features] from N(0, std²), zero bias; `init.std` is 0.02 unless asked otherwise.

    0.02 is what transformers draws nearly all of its classifiers from; 0.01 the probes of DINOv2 and DINOv3, mmpretrain
    and torchvision's MobileNets. 1/√features is `lecun_normal`.
    """
    nn.init.normal_(weight, std=STD if std is None else std, generator=generator)
    return 0.0
