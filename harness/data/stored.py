"""Images at their stored resolution."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from harness.data.cache import Array, Packed
from harness.data.source import Samples


class MappedImages:
    """Decoded once, and mapped from the cache."""

    def __init__(self, packed: Packed) -> None:
        self.sizes = torch.from_numpy(packed.shapes[:, :2].copy())
        self._packed = packed

    def __getitem__(self, position: int) -> Array:
        return self._packed[position]


class OpenedImages:
    """Decoded whenever they are asked for: where that costs nothing, or nothing may be kept."""

    def __init__(self, samples: Samples, convert: Callable[[Image.Image], Image.Image]) -> None:
        self._samples = samples
        self._convert = convert

    @cached_property
    def sizes(self) -> Tensor:
        """int64 [N, 2]: heights and widths in pixels."""
        return torch.tensor([self[position].shape[:2] for position in range(len(self._samples))])

    def __getitem__(self, position: int) -> Array:
        with self._samples.open(position) as image:
            return np.array(self._convert(image))
