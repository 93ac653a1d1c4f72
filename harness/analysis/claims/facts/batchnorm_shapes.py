"""Claim 16, as written: the data set's mean and deviation as BatchNorm's running statistics."""

from __future__ import annotations

from collections.abc import Iterator

import timm
from torch import nn

from harness.analysis.claims.facts._fact import Fact

CHANNELS = 3


def batchnorm_shapes() -> Iterator[Fact]:
    """Whether the statistics of three colour channels fit any BatchNorm."""
    for name in ("resnet18", "mobilenetv2_100"):
        norms = [module for module in timm.create_model(name).modules() if isinstance(module, nn.BatchNorm2d)]
        widths = [norm.num_features for norm in norms]
        fits = sum(width == CHANNELS for width in widths)
        yield Fact(
            16,
            "a data set's mean and deviation of three channels fit BatchNorm's running statistics",
            name,
            fits > 0,
            f"{fits} of {len(widths)} BatchNorm layers have three channels; the narrowest has {min(widths)}",
        )
