"""From stored bytes to what a network takes."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.model.preprocessing import Preprocessing

IN_CACHE = 1 << 17
"""Values of 4 bytes: half a megabyte, what a core has to itself."""


class Normalise:
    """Float images in 0..1, [N, 3, S, S], to normalised ones in channels-last order."""

    def __init__(self, preprocessing: Preprocessing, device: torch.device) -> None:
        self._mean = torch.tensor(preprocessing.mean, device=device).view(1, 3, 1, 1)
        self._std = torch.tensor(preprocessing.std, device=device).view(1, 3, 1, 1)

    def __call__(self, unit: Tensor) -> Tensor:
        """Subtract the mean and divide by the deviation of each channel, in place."""
        return unit.sub_(self._mean).div_(self._std).contiguous(memory_format=torch.channels_last)

    def stored(self, pixels: Tensor) -> Tensor:
        """The same from bytes, uint8 [N, 3, S, S].

        On a CPU part by part where channels lie last already, so that each part stays in its cache; elsewhere their
        turning costs more than that gains.
        """
        if not pixels.is_contiguous(memory_format=torch.channels_last):
            return self(unit_range(pixels))
        inputs = torch.empty_like(pixels, dtype=torch.float32)
        # Rows of pixels: torch is faster where mean and deviation are as long as what they meet.
        given, made = (images.permute(0, 2, 3, 1).flatten(2).flatten(0, 1) for images in (pixels, inputs))
        mean, std = (each.flatten().repeat(pixels.shape[-1]) for each in (self._mean, self._std))
        at_once = len(made) if pixels.is_cuda else max(1, IN_CACHE // max(1, made.shape[-1]))
        for part, taken in zip(made.split(at_once), given.split(at_once), strict=True):
            part.copy_(taken).div_(255).sub_(mean).div_(std)
        return inputs


def unit_range(pixels: Tensor) -> Tensor:
    """uint8 to float32 in 0..1."""
    return pixels.float().div_(255)
