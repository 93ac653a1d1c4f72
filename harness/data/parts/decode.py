"""Decoding a data set into memory."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import torch
from PIL import Image
from torch import Tensor

from harness.data.parts.images import Images
from harness.data.parts.resize import to_square
from harness.data.parts.source import Samples
from harness.spec.errors import RequestError


def decode(samples: Samples, size: int, interpolation: str) -> Images:
    """Read images as uint8 [N, 3, size, size], in the order given: centre square, resized with antialiasing.

    Raises:
        RequestError: some of them are no readable images; names how many and the first of them.
    """
    pixels = torch.empty(len(samples), 3, size, size, dtype=torch.uint8)

    def read(item: tuple[int, Tensor]) -> str | None:
        position, place = item
        try:
            with samples.open(position) as image:
                place.copy_(to_square(image, size, interpolation))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            return f"{samples.names[position]} ({error})"
        return None

    # Pillow decodes and resizes outside the interpreter lock.
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        unreadable = [fault for fault in pool.map(read, enumerate(pixels)) if fault]
    if unreadable:
        more = f" and {len(unreadable) - 3} more" if len(unreadable) > 3 else ""
        raise RequestError(
            f"data.path: {len(unreadable)} of {len(samples)} files cannot be read as images: "
            f"{'; '.join(unreadable[:3])}{more}; repair or remove them"
        )
    return Images(pixels, torch.tensor(samples.labels, dtype=torch.int64), samples.groups, samples.names)
