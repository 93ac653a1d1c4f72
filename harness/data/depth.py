"""How many bits 16-bit grey uses: one intensity scale for all images of a data set, from its training part.

Scanners of 10, 12 and 14 bits have their values stored in files of 16; taken for 16-bit grey, such images are nearly
black.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from harness.data.images import Samples, Source
from harness.data.inspect import Inspection, inspect
from harness.data.resize import FULL
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

    Images that are validated on take no part in it, nor does the test part.
    """
    if spec.depth is not None or not _may_be_deep(source.train):
        return {}
    found = inspect(source.train)
    marked = source.train.validation or (False,) * len(source.train)
    highest = max((value for position, value in found.deep.items() if not marked[position]), default=None)
    depth = FULL if highest is None else depth_of(highest)
    return {} if depth == FULL else {"depth": depth}


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
