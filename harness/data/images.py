"""Labelled images, as a data set stores them and as runs use them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor

from harness.data.cache import Array
from harness.data.delivery import Delivery
from harness.spec.machine import Machine

Labels = Sequence[int] | Sequence[tuple[int, ...]]
"""One class index for each image, or for each a row of 0 and 1: which of several labels it has."""


@dataclass(frozen=True, eq=False)
class Samples:
    """The images of one part, in the order that results depend on.

    `open(i)` gives the i-th image as it is stored, in any of PIL's modes, and raises OSError or ValueError where it
    cannot be read; threads may call it side by side. `names` say which image that is to a person, `labels` are class
    indices, or rows of 0 and 1 where an image has several labels. `groups` name each image's group (the patient).
    `stamp` is a fingerprint of the stored content, None where reading costs nothing worth keeping. `encoded` says that
    images lie in an image format, which may be broken, rather than in an array. `depth` is how many bits 16-bit grey
    uses, and so which of its values is white. `validation` marks the images that are to be validated on, where the set
    says so. `values` gives the deep grey of the i-th image in the unit of `data.window`, any shape, whatever of it is
    shown; None where that image has none, or all of them.
    """

    names: Sequence[str]
    labels: Labels
    open: Callable[[int], Image.Image]
    groups: tuple[str, ...] | None = None
    stamp: str | None = None
    encoded: bool = False
    depth: int = 16
    validation: tuple[bool, ...] | None = None
    values: Callable[[int], npt.NDArray[Any] | None] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def pick(self, index: npt.NDArray[np.int64]) -> Samples:
        """Some of the images, by ascending index; they have a stamp of their own."""
        if len(index) == len(self):
            return self
        chosen, values = index.tolist(), self.values
        digest = hashlib.sha256(np.ascontiguousarray(index, np.int64).tobytes()).hexdigest()[:16]
        return replace(
            self,
            names=[self.names[position] for position in chosen],
            labels=[self.labels[position] for position in chosen],
            open=lambda position: self.open(chosen[position]),
            groups=None if self.groups is None else tuple(self.groups[position] for position in chosen),
            validation=None if self.validation is None else tuple(self.validation[position] for position in chosen),
            stamp=None if self.stamp is None else f"{self.stamp}/{digest}",
            values=None if values is None else lambda position: values(chosen[position]),
        )

    def validated(self, marked: npt.NDArray[np.bool_]) -> Samples:
        """The same images, of which those marked are validated on."""
        return replace(self, validation=tuple(marked.tolist()))


@dataclass(frozen=True, eq=False)
class Source:
    """A data set by name: its classes, its training part, and its test part, which is not looked at before `test()`.

    `parts` says in words which of the set's own splits the two parts are, `notes` what a person should know of how it
    was read.
    """

    label: str
    classes: tuple[str, ...]
    train: Samples
    test: Callable[[], Samples]
    parts: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Collection:
    """A set of a library that has been opened: both parts, what each is called there, and their fingerprint.

    `notes` are those of its source; `reading` is what of them makes other numbers than records had before.
    """

    classes: tuple[str, ...]
    train: Samples
    test: Samples
    parts: dict[str, str]
    fingerprint: str
    notes: tuple[str, ...] = ()
    reading: str | None = None


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

    Shapes: `pixels` uint8 [N, 3, S, S], `labels` int64 [N], or where an image has several labels [N, L] of 0 and 1;
    `groups` names each image's group (the patient), `names` say which image it is to a person. `pixels` may be mapped
    from a file, and must not be written to. `stored` gives the images at their stored resolution, their shorter sides
    reduced to so many pixels where a number is given; `known` are their digests where they are at hand. `validation`
    marks those to be validated on, where the data set says so.
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
        """The pixels, uint8 [N, 3, S, S], on a device, copied there once for all runs that use them."""
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

    `about` is what a record says of the files behind it; the test part's facts are added once that is read.
    """

    label: str
    classes: tuple[str, ...]
    train: Images
    load_test: Callable[[], Images]
    about: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "load_test", cache(self.load_test))

    @property
    def multilabel(self) -> bool:
        """Whether an image has several labels, each there or not, in place of one class."""
        return self.train.labels.ndim == 2
