"""From stored images to a network's inputs, as a handling has it."""

from __future__ import annotations

import torch
from PIL import Image
from torch import Tensor

from harness.data.decode import decode
from harness.data.delivery import Delivery
from harness.data.geometry import centre, squash
from harness.data.source import Samples
from harness.spec.machine import Machine
from harness.training.evaluation import TestHandling
from harness.training.pixels import Normalise, unit_range


class Inputs:
    """Pixels, uint8 [N, 3, S, S], to inputs of a network."""

    def __init__(self, way: TestHandling, device: torch.device) -> None:
        self._way, self._device = way, device
        self._normalise = Normalise(way.preprocessing, device)

    def __call__(self, pixels: Tensor) -> Tensor:
        """On the device, scaled, reordered and normalised as often as the handling says."""
        inputs = unit_range(pixels.to(self._device))[:, list(self._way.channels)] * self._way.factor
        for _ in range(self._way.passes):
            inputs = self._normalise(inputs)
        return inputs


class Transform:
    """One image, of any size, to one input [3, size, size]: what torchvision calls a transform."""

    def __init__(self, way: TestHandling, size: int) -> None:
        self._way, self._size = way, size
        self._inputs = Inputs(way, torch.device("cpu"))

    def __call__(self, image: Image.Image) -> Tensor:
        """The whole way, decoding excepted."""
        filter_name = self._way.preprocessing.interpolation
        whole = Samples([""], [0], lambda position: image.copy())
        crop = self._way.preprocessing.crop
        cut = squash(whole, self._size, filter_name) if self._way.squashed else centre(whole, crop)
        return self._inputs(decode(cut, self._size, filter_name, Delivery.of(Machine(cache="none"))).pixels)[0]
