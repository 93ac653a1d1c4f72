"""How many bits 16-bit grey uses: one intensity scale for all images of a data set, from its training part.

Scanners of 10, 12 and 14 bits have their values stored in files of 16; taken for 16-bit grey, such images are nearly
black.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from harness.data.images import Samples, Source
from harness.data.inspect import Inspection, inspect
from harness.data.resize import FULL
from harness.data.window import STORED, GreyLevels, Window, parse
from harness.spec.errors import RequestError
from harness.spec.spec import Data

DEPTHS = (8, 10, 12, 14, 16)
"""Bits that detectors have."""

_EIGHT_BITS = {".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".gif", ".bmp", ".avif"}
"""Endings of files that cannot hold 16-bit grey, and so need not be looked into."""

_DARK = 2**6
"""Upper bytes below it: of 16 bits 14 or fewer are used."""


def depth_of(highest: int) -> int:
    """The least depth that holds a value."""
    return next(depth for depth in DEPTHS if highest < 2**depth)


def settled(spec: Data, source: Source) -> dict[str, Any]:
    """`depth` as the training part's highest value asks for it; nothing where the request says it, or it is all 16.

    Where a window is asked for it is that, in numbers. Images that are validated on take no part in either, nor does
    the test part.

    Raises:
        RequestError: there is no such window.
    """
    if spec.window is not None:
        return {"window": str(asked_window(spec, source))}
    if spec.depth is not None or not _may_be_deep(source.train):
        return {}
    found = inspect(source.train)
    marked = source.train.validation or (False,) * len(source.train)
    highest = max((value for position, value in found.deep.items() if not marked[position]), default=None)
    depth = FULL if highest is None else depth_of(highest)
    return {} if depth == FULL else {"depth": depth}


def asked_window(spec: Data, source: Source) -> Window:
    """The window of 16-bit grey that a request asks for, in the values of the files.

    Raises:
        RequestError: it is none, or of DICOM files alone; no training image has such grey; or its values are all equal.
    """
    asked = parse(spec.window or "")
    if isinstance(asked, str):
        raise RequestError(
            f"data.window: {STORED} windows are those of DICOM files; use range, CENTER,WIDTH or LOW%,HIGH%"
        )
    if not _may_be_deep(source.train) or not inspect(source.train).deep:
        raise RequestError("data.window: no training image is 16-bit grey; leave it out")
    if isinstance(asked, Window):
        return asked
    found = learnt_levels(replace(source.train, values=lambda position: sixteen_bits(source.train, position)))
    window = found.window(asked)
    if window is None:
        raise RequestError("data.window: 16-bit grey is in the validation part alone; give CENTER,WIDTH")
    return window


def learnt_levels(samples: Samples) -> GreyLevels:
    """How often each value of deep grey occurs in the images that are learnt from; unreadable ones are left out."""
    values, marked = samples.values, samples.validation or (False,) * len(samples)
    if values is None:
        return GreyLevels.of(())

    def each() -> Iterator[npt.NDArray[Any] | None]:
        for position in range(len(samples)):
            if not marked[position]:
                try:
                    yield values(position)
                except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
                    continue

    return GreyLevels.of(each())


def sixteen_bits(samples: Samples, position: int) -> npt.NDArray[np.uint16] | None:
    """The values [H, W] of an image of 16-bit grey, None of any other."""
    with samples.open(position) as image:
        return np.asarray(image) if image.mode.startswith(DEEP) else None


def windowed(samples: Samples, window: Window) -> Samples:
    """The images with a window of their 16-bit grey in the place of the whole; others stay as they are."""

    def shown(position: int) -> Image.Image:
        image = samples.open(position)
        if not image.mode.startswith(DEEP):
            return image
        with image:
            made = Image.fromarray(np.rint(255 * window.shown(np.asarray(image))).astype(np.uint8))
            made.info = image.info  # where PNG keeps how a camera was held
        return made

    return replace(samples, open=shown, stamp=None if samples.stamp is None else f"{samples.stamp}/window {window}")


DEEP = "I;16"
"""What PIL's modes of 16-bit grey begin with."""


def intensity(found: Inspection, depth: int) -> dict[str, Any]:
    """A record's lines on one part: how many images are 16-bit grey, their highest value, and how many exceed white."""
    if not found.deep:
        return {}
    white = 2**depth - 1
    clipped = sum(value > white for value in found.deep.values())
    block = {"images": len(found.deep), "highest": max(found.deep.values())}
    return {**block, "clipped": clipped} if clipped else block


def scale(found: Mapping[str, Inspection], depth: int) -> dict[str, Any]:
    """A record's block on 16-bit grey: the bits it uses, the value that is white, and what each part has of it."""
    parts = {part: intensity(each, depth) for part, each in found.items() if each.deep}
    return {"depth": depth, "white": 2**depth - 1, **parts} if parts else {}


def scale_notes(found: Inspection, depth: int, part: str) -> Iterator[str]:
    """What a person should know of the scale of one part."""
    lines = intensity(found, depth)
    if not lines:
        return
    if part == "training":
        yield (
            f"{lines['images']:,} training images are 16-bit grey with values up to {lines['highest']:,}; "
            f"{2**depth - 1:,} ({depth} bits) is white in all parts (data.depth)"
        )
    dark = sum(depth_of(value) <= depth - 4 for value in found.deep.values())
    if dark:
        yield f"Warning: {dark:,} {part} images use {depth - 4} of these {depth} bits or fewer, and keep 16 grey levels"
    if "clipped" in lines:
        yield f"Warning: {lines['clipped']:,} {part} images have values above white, which become white"


def depth_faults(train: Inspection, test: Inspection | None, depth: int | None) -> Iterator[str]:
    """Scales that cannot be told from the training part."""
    if depth is not None:
        return
    if train.deep_colour and max(train.deep_colour.values()) < _DARK:
        used = depth_of((max(train.deep_colour.values()) << 8) + 255)
        yield (
            f"data: {len(train.deep_colour)} training images have colour of 16 bits, of which {used} are used, and "
            "Pillow reads the upper 8; store them with 8 bits, or take them as they are with data.depth=16"
        )
    if test is not None and test.deep and not train.deep:
        used = depth_of(max(test.deep.values()))
        if used < FULL:
            yield (
                f"data.depth: {len(test.deep)} test images are 16-bit grey of which {used} bits are used, but no "
                f"training image is; say how many bits are white, as in data.depth={used}"
            )


def _may_be_deep(samples: Samples) -> bool:
    return samples.encoded and any(PurePath(name).suffix.lower() not in _EIGHT_BITS for name in samples.names)
