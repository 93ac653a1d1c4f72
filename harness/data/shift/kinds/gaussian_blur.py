"""Out of focus, softly."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad
from torchvision.transforms.v2.functional import gaussian_blur as blur

from harness.data.shift.kinds._level import Level

DEVIATIONS = 4
"""Where scikit-image's filter, which the benchmark uses, cuts its kernel."""


def gaussian_blur(unit: Tensor, level: Level, generator: torch.Generator) -> Tensor:
    """A normal kernel, its deviation in pixels; the border is repeated."""
    deviation = level.of((0.4, 0.6, 0.7, 0.8, 1.0), (0.5, 0.75, 1.0, 1.25, 1.5), (1.0, 2.0, 3.0, 4.0, 6.0))
    reach = int(DEVIATIONS * deviation + 0.5)
    wider = pad(unit, [reach] * 4, mode="replicate")
    blurred: Tensor = blur(wider, [2 * reach + 1] * 2, [deviation] * 2)
    return blurred[..., reach:-reach, reach:-reach]
