"""A data set as it is stored: labelled images that are not decoded yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image


@dataclass(frozen=True, eq=False)
class Samples:
    """The images of one part, in the order that results depend on.

    `open(i)` gives the i-th image as it is stored, in any of PIL's modes, and raises OSError or ValueError where it
    cannot be read. `names` say which image that is to a person, `labels` are class indices, `groups` name each image's
    group (the patient). `stamp` is a fingerprint of the stored content, None where reading costs nothing worth keeping.
    """

    names: Sequence[str]
    labels: Sequence[int]
    open: Callable[[int], Image.Image]
    groups: tuple[str, ...] | None = None
    stamp: str | None = None

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class Source:
    """A data set by name: its classes, its training part, and its test part, which is not looked at before `test()`."""

    label: str
    classes: tuple[str, ...]
    train: Samples
    test: Callable[[], Samples]
