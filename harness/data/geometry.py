"""Stored images cut or squashed before they are resized to the square that all are decoded to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PIL import Image

from harness.data.resize import to_rgb
from harness.data.source import Samples


def centre(samples: Samples, share: float) -> Samples:
    """Of each image the middle of its centre square, `share` of its side."""
    return samples if share == 1 else _changed(samples, f"crop{share:g}", lambda image: _middle(image, share))


def squash(samples: Samples, size: int, interpolation: str) -> Samples:
    """Each image whole, resized to `size` by `size` whatever its shape, by one of PIL's filters in lower case."""
    method = Image.Resampling[interpolation.upper()]

    def whole(image: Image.Image) -> Image.Image:
        return to_rgb(image, samples.depth).resize((size, size), method)

    return _changed(samples, f"squash{size}{interpolation}", whole)


def _middle(image: Image.Image, share: float) -> Image.Image:
    width, height = image.size
    side = share * min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    return image.crop((round(left), round(top), round(left + side), round(top + side)))


def _changed(samples: Samples, name: str, change: Callable[[Image.Image], Image.Image]) -> Samples:
    def opened(position: int) -> Image.Image:
        with samples.open(position) as image:
            return change(image)

    return replace(samples, open=opened, stamp=None if samples.stamp is None else f"{samples.stamp}/{name}")
