"""Decoding a data set: once into the cache, or into memory where nothing is to be kept."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, partial
from typing import Any

import numpy as np
import PIL
import torch
from PIL import Image
from torch import Tensor

from harness.data.cache import Array, Packed, cached
from harness.data.delivery import Delivery, ahead
from harness.data.images import Images, Samples, Stored
from harness.data.resize import FULL, to_rgb, to_short_side, to_square
from harness.spec.errors import RequestError
from harness.spec.phase import told_while


class CachedImages:
    """Decoded once, and read from the cache."""

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


_NAMED = 3


def read(samples: Samples, convert: Callable[[Image.Image], Array], threads: int) -> Iterator[Array]:
    """Each image as `convert` makes it; Pillow decodes and resizes outside the interpreter lock.

    Raises:
        RequestError: at the end, some of them were no readable images; names how many and the first of them.
    """

    def one(position: int) -> Array | str:
        try:
            with samples.open(position) as image:
                return convert(image)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            return f"{samples.names[position]} ({error})"

    unreadable = []
    for result in told_while(ahead(one, range(len(samples)), threads), len(samples), "reading images"):
        if isinstance(result, str):
            unreadable.append(result)
        else:
            yield result
    if unreadable:
        more = f" and {len(unreadable) - _NAMED} more" if len(unreadable) > _NAMED else ""
        raise RequestError(
            f"data.path: {len(unreadable)} of {len(samples)} files cannot be read as images: "
            f"{'; '.join(unreadable[:_NAMED])}{more}; repair or remove them"
        )


VERSION = 1
"""Raised when the pixels that this package makes of one and the same file change."""


def decode(samples: Samples, size: int, interpolation: str, delivery: Delivery) -> Images:
    """Read images as uint8 [N, 3, size, size], in the order given: centre square, resized with antialiasing.

    Args:
        samples: what is read.
        size: side in pixels.
        interpolation: one of PIL's filters in lower case.
        delivery: where decoded images are kept, and by how many threads they are made.

    Raises:
        RequestError: some of them are no readable images, or the cache cannot be written.
    """

    def square(image: Image.Image) -> Array:
        return to_square(image, size, interpolation, samples.depth).numpy()

    labels = torch.tensor(samples.labels, dtype=torch.int64)
    more: dict[str, Any] = {
        "delivery": delivery,
        "stored": partial(_stored, samples, interpolation, delivery),
        "names": samples.names,
        "validation": samples.validation,
    }
    if delivery.cache is None or samples.stamp is None:
        pixels = torch.empty(len(samples), 3, size, size, dtype=torch.uint8)
        for position, array in enumerate(read(samples, square, delivery.threads)):
            pixels[position] = torch.from_numpy(array)
        return Images(pixels, labels, samples.groups, **more)
    what = _described(samples, form="square", size=size, interpolation=interpolation)
    packed = cached(delivery.cache, what, lambda: read(samples, square, delivery.threads))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The given NumPy array is not writable")  # nor are images written to
        pixels = torch.from_numpy(packed.flat.reshape(len(samples), 3, size, size))
    return Images(pixels, labels, samples.groups, known=tuple(map(bytes, packed.digests)), **more)


def _stored(samples: Samples, interpolation: str, delivery: Delivery, short_side: int | None) -> Stored:
    """Images of the stored resolution [H, W, 3], shorter sides reduced to `short_side` where that is given."""

    def whole(image: Image.Image) -> Image.Image:
        if short_side is None:
            return to_rgb(image, samples.depth)
        return to_short_side(image, short_side, interpolation, samples.depth)

    if delivery.cache is None or samples.stamp is None:
        return OpenedImages(samples, whole)
    reduced = {} if short_side is None else {"short_side": short_side, "interpolation": interpolation}
    what = _described(samples, form="stored", **reduced)

    def arrays() -> Iterable[Array]:
        return read(samples, lambda image: np.array(whole(image)), delivery.threads)

    return CachedImages(cached(delivery.cache, what, arrays))


def _described(samples: Samples, **form: Any) -> dict[str, Any]:
    """What an entry of the cache holds: which images, and what was done to them by what."""
    names = hashlib.sha256("\n".join(samples.names).encode()).hexdigest()
    return {
        "images": len(samples),
        "first": samples.names[0],
        "names": names,
        "stamp": samples.stamp,
        "decoding": VERSION,
        "pillow": PIL.__version__,
        **({} if samples.depth == FULL else {"depth": samples.depth}),
        **form,
    }
