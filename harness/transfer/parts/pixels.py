"""From stored bytes to what a network takes."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.models.preprocessing import Preprocessing


class Normalise:
    """Float images in 0..1, [N, 3, S, S], to normalised ones in channels-last order."""

    def __init__(self, preprocessing: Preprocessing, device: torch.device) -> None:
        self._mean = torch.tensor(preprocessing.mean, device=device).view(1, 3, 1, 1)
        self._std = torch.tensor(preprocessing.std, device=device).view(1, 3, 1, 1)

    def __call__(self, unit: Tensor) -> Tensor:
        """Subtract the mean and divide by the deviation of each channel, in place."""
        return unit.sub_(self._mean).div_(self._std).contiguous(memory_format=torch.channels_last)


def unit_range(pixels: Tensor) -> Tensor:
    """uint8 to float32 in 0..1."""
    return pixels.float().div_(255)
