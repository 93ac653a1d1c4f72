"""Labelled images as runs use them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, Protocol

import torch
from torch import Tensor

from harness.data.cache import Array
from harness.data.delivery import Delivery
from harness.spec.machine import Machine


class Stored(Protocol):
    """Images at the resolution that they are stored at; threads may read them side by side."""

    @property
    def sizes(self) -> Tensor:
        """int64 [N, 2]: heights and widths in pixels."""

    def __getitem__(self, position: int) -> Array:
        """RGB, uint8 [H, W, 3]."""


def _not_stored(short_side: int | None) -> Stored:
    raise ValueError("these images are squares in memory; nothing is known of what they were cut from")


@dataclass(frozen=True, eq=False)
class Images:
    """Labelled images.

    Shapes: `pixels` uint8 [N, 3, S, S], `labels` int64 [N]; `groups` names each image's group (the patient), `names`
    say which image it is to a person. `pixels` may be mapped from a file, and must not be written to. `stored` gives
    the images at their stored resolution, their shorter sides reduced to so many pixels where a number is given;
    `known` are their digests where they are at hand. `validation` marks those to be validated on, where the data set
    says so.
    """

    pixels: Tensor
    labels: Tensor
    groups: tuple[str, ...] | None = None
    names: Sequence[str] | None = None
    delivery: Delivery = field(default_factory=lambda: Delivery.of(Machine()), kw_only=True)
    stored: Callable[[int | None], Stored] = field(default=_not_stored, kw_only=True)
    known: tuple[bytes, ...] | None = field(default=None, kw_only=True)
    validation: tuple[bool, ...] | None = field(default=None, kw_only=True)

    def __len__(self) -> int:
        return len(self.labels)

    def lies_on(self, device: torch.device) -> bool:
        """Whether the pixels are on a device already."""
        return device.type == self.pixels.device.type or device in self._copies

    def pixels_on(self, device: torch.device) -> Tensor:
        """The pixels on a device, copied there once for all runs that use them."""
        if not self.lies_on(device):
            self._copies[device] = self.pixels.to(device)
        return self._copies.get(device, self.pixels)

    @cached_property
    def _copies(self) -> dict[torch.device, Tensor]:
        return {}

    @cached_property
    def digests(self) -> tuple[bytes, ...]:
        """A hash of each image's pixels."""
        if self.known is not None:
            return self.known
        return tuple(hashlib.blake2b(image.numpy().tobytes(), digest_size=16).digest() for image in self.pixels)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set whose test part is read when `load_test` is first called, and not before.

    `about` is what a record says of the files behind it; the test part's share is there once that is read.
    """

    label: str
    classes: tuple[str, ...]
    train: Images
    load_test: Callable[[], Images]
    about: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "load_test", cache(self.load_test))
