"""From a stored image to pixels: whole, its centre square, a part of it, or squashed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor
from torch.nn.functional import interpolate
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2 import functional as reference

from harness.data.cache import Array
from harness.data.images import Samples

NO_RANGE = ("I", "F")
"""PIL's modes whose numbers do not say what white is."""

FULL = 16
"""Bits of a 16-bit image; of grey, many use the lower 10, 12 or 14 alone."""

_FOR_TENSORS = (InterpolationMode.BILINEAR, InterpolationMode.BICUBIC)
_ON_BYTES = _FOR_TENSORS if "AVX2" in torch.backends.cpu.get_cpu_capability() else ()
"""Filters that torchvision leaves to torch's kernel for bytes; elsewhere it goes by way of floats."""


def to_rgb(image: Image.Image, depth: int = FULL) -> Image.Image:
    """An image in RGB.

    Sixteen-bit grey, common in medical images, is scaled to eight, of whose values 2 ** `depth` - 1 and all above
    become white; PIL's conversion would clip it.

    Raises:
        ValueError: the pixels have no fixed range (32-bit integers or floats).
    """
    if image.mode.startswith("I;16"):
        grey = np.minimum(np.asarray(image), 2**depth - 1)
        image = Image.fromarray((grey >> (depth - 8)).astype(np.uint8))
    if image.mode in NO_RANGE:
        raise ValueError(f"pixels of mode {image.mode} have no fixed range")
    return image.convert("RGB")


def to_square(image: Image.Image, size: int, interpolation: str, depth: int = FULL) -> Tensor:
    """Centre square of an image in RGB, resized with antialiasing to uint8 [3, size, size].

    Args:
        image: of any size.
        size: side in pixels.
        interpolation: one of PIL's filters by its name in lower case (bicubic, bilinear, lanczos, ...).
        depth: the bits that 16-bit grey uses.

    Raises:
        ValueError: the pixels have no fixed range, or the filter is unknown.
    """
    try:
        method = Image.Resampling[interpolation.upper()]
    except KeyError:
        raise ValueError(f"there is no interpolation '{interpolation}'") from None
    square = ImageOps.fit(to_rgb(image, depth), (size, size), method=method)
    return torch.from_numpy(np.array(square)).permute(2, 0, 1).contiguous()


def to_short_side(image: Image.Image, short_side: int, interpolation: str, depth: int = FULL) -> Image.Image:
    """An image in RGB whose shorter side has at most so many pixels, resized with antialiasing where it has more.

    Args:
        image: of any size.
        short_side: in pixels.
        interpolation: one of PIL's filters by its name in lower case.
        depth: the bits that 16-bit grey uses.
    """
    whole = to_rgb(image, depth)
    if min(whole.size) <= short_side:
        return whole
    reduced: Image.Image = reference.resize(whole, [short_side], InterpolationMode(interpolation))
    return reduced


def resized_crop(image: Array, crop: tuple[int, int, int, int], size: int, interpolation: str) -> Tensor:
    """A part of an image [H, W, 3], resized with antialiasing to uint8 [3, size, size] by torchvision's `resized_crop`.

    Filters that torchvision has for PIL images alone work, too.

    Args:
        image: uint8 [H, W, 3].
        crop: top, left, height and width in pixels.
        size: side of the result.
        interpolation: one of PIL's filters by its name in lower case.
    """
    filter_ = InterpolationMode(interpolation)
    if filter_ in _ON_BYTES:
        top, left, height, width = crop
        part = np.ascontiguousarray(image[top : top + height, left : left + width])
        # Channels last in memory: torch's kernel for bytes then takes half the time, and gives the same pixels.
        rows = torch.from_numpy(part)[None].permute(0, 3, 1, 2)
        return interpolate(rows, size=(size, size), mode=interpolation, antialias=True)[0]
    if filter_ in _FOR_TENSORS:
        tensor = torch.from_numpy(image).permute(2, 0, 1)
        result: Tensor = reference.resized_crop(tensor, *crop, size=[size, size], interpolation=filter_)
        return result
    resized = reference.resized_crop(Image.fromarray(image), *crop, size=[size, size], interpolation=filter_)
    return torch.from_numpy(np.array(resized)).permute(2, 0, 1)


def framed(samples: Samples, size: int, interpolation: str, crop: float = 1.0, squash: bool = False) -> Samples:
    """Images cut so that their centre square is what is wanted of them: their middle, or all of them squashed.

    Args:
        samples: what is read.
        size: side in pixels of what is squashed.
        interpolation: the filter that squashes, one of PIL's in lower case.
        crop: the fraction of the side that is kept: of the centre square's, or squashed of both.
        squash: resize width and height each to `size`, whatever the image's shape.
    """
    if not squash:
        return samples if crop == 1 else _changed(samples, f"crop{crop:g}", lambda image: _middle(image, crop, False))
    method = Image.Resampling[interpolation.upper()]

    def squashed(image: Image.Image) -> Image.Image:
        return to_rgb(_middle(image, crop, True), samples.depth).resize((size, size), method)

    part = "" if crop == 1 else f"{crop:g}"
    return _changed(samples, f"squash{part}{'/' if part else ''}{size}{interpolation}", squashed)


def _middle(image: Image.Image, fraction: float, whole: bool) -> Image.Image:
    """The middle of an image: a fraction of its centre square's side, or of both sides of the whole."""
    if whole and fraction == 1:
        return image
    width, height = image.size
    sides = (width, height) if whole else (min(width, height),) * 2
    kept = [fraction * side for side in sides]
    left, top = (width - kept[0]) / 2, (height - kept[1]) / 2
    return image.crop((round(left), round(top), round(left + kept[0]), round(top + kept[1])))


def _changed(samples: Samples, name: str, change: Callable[[Image.Image], Image.Image]) -> Samples:
    def opened(position: int) -> Image.Image:
        with samples.open(position) as image:
            return change(image)

    return replace(samples, open=opened, stamp=None if samples.stamp is None else f"{samples.stamp}/{name}")
