"""How strong a corruption is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

Strength = TypeVar("Strength")
CIFAR, TINY_IMAGENET, IMAGENET = 32, 64, 224
"""The sides in pixels that the benchmark's three lists of strengths were made for."""


@dataclass(frozen=True)
class Level:
    """A severity of 1 to 5 on images of `size` pixels a side."""

    severity: int
    size: int

    def of(self, cifar: Sequence[Strength], tiny: Sequence[Strength], imagenet: Sequence[Strength]) -> Strength:
        """The strength from CIFAR-10-C's, Tiny-ImageNet-C's or ImageNet-C's list: whose size is nearest in ratio."""
        lists = {CIFAR: cifar, TINY_IMAGENET: tiny, IMAGENET: imagenet}
        nearest = min(lists, key=lambda side: max(side / self.size, self.size / side))
        return lists[nearest][self.severity - 1]
