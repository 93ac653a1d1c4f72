"""Images in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from torch import Tensor


@dataclass(frozen=True, eq=False)
class Images:
    """Labelled images.

    Shapes: `pixels` uint8 [N, 3, S, S], `labels` int64 [N]; `groups` names each image's group (the patient),
    `names` say which image it is to a person.
    """

    pixels: Tensor
    labels: Tensor
    groups: tuple[str, ...] | None = None
    names: Sequence[str] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def digests(self) -> tuple[bytes, ...]:
        """A hash of each image's pixels."""
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
