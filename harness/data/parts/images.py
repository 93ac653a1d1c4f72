"""Images in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

from torch import Tensor


@dataclass(frozen=True, eq=False)
class Images:
    """Labelled images.

    Shapes: `pixels` uint8 [N, 3, S, S], `labels` int64 [N]; `groups` names each image's group (the patient).
    """

    pixels: Tensor
    labels: Tensor
    groups: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def digests(self) -> tuple[bytes, ...]:
        """A hash of each image's pixels."""
        return tuple(hashlib.blake2b(image.numpy().tobytes(), digest_size=16).digest() for image in self.pixels)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set whose test part is read when `load_test` is first called, and not before."""

    label: str
    classes: tuple[str, ...]
    train: Images
    load_test: Callable[[], Images]

    def __post_init__(self) -> None:
        object.__setattr__(self, "load_test", cache(self.load_test))
