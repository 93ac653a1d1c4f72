"""A data set as it is stored: labelled images that are not decoded yet."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from PIL import Image


@dataclass(frozen=True, eq=False)
class Samples:
    """The images of one part, in the order that results depend on.

    `open(i)` gives the i-th image as it is stored, in any of PIL's modes, and raises OSError or ValueError where it
    cannot be read; threads may call it side by side. `names` say which image that is to a person, `labels` are class
    indices, `groups` name each image's group (the patient). `stamp` is a fingerprint of the stored content, None where
    reading costs nothing worth keeping. `encoded` says that images lie in an image format, which may be broken,
    rather than in an array. `depth` is how many bits 16-bit grey uses, and so which of its values is white.
    `validation` marks the images that are to be validated on, where the set says so.
    """

    names: Sequence[str]
    labels: Sequence[int]
    open: Callable[[int], Image.Image]
    groups: tuple[str, ...] | None = None
    stamp: str | None = None
    encoded: bool = False
    depth: int = 16
    validation: tuple[bool, ...] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def pick(self, index: npt.NDArray[np.int64]) -> Samples:
        """Some of the images, by ascending index; they have a stamp of their own."""
        if len(index) == len(self):
            return self
        chosen = index.tolist()
        digest = hashlib.sha256(np.ascontiguousarray(index, np.int64).tobytes()).hexdigest()[:16]
        return replace(
            self,
            names=[self.names[position] for position in chosen],
            labels=[self.labels[position] for position in chosen],
            open=lambda position: self.open(chosen[position]),
            groups=None if self.groups is None else tuple(self.groups[position] for position in chosen),
            validation=None if self.validation is None else tuple(self.validation[position] for position in chosen),
            stamp=None if self.stamp is None else f"{self.stamp}/{digest}",
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
