"""Decoding image files into memory."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from harness.data.parts.folder import Files
from harness.data.parts.images import Images
from harness.data.parts.resize import to_square
from harness.spec.errors import RequestError


def decode(files: Files, size: int, interpolation: str) -> Images:
    """Read image files as uint8 [N, 3, size, size], in the order given.

    Raises:
        RequestError: some of the files are no readable images; names how many and the first of them.
    """
    pixels = torch.empty(len(files.paths), 3, size, size, dtype=torch.uint8)

    def read(item: tuple[Tensor, Path]) -> str | None:
        place, path = item
        try:
            with Image.open(path) as image:
                place.copy_(to_square(image, size, interpolation))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            return f"{path.parent.parent.name}/{path.parent.name}/{path.name} ({error})"
        return None

    # Pillow decodes and resizes outside the interpreter lock.
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        unreadable = [fault for fault in pool.map(read, zip(pixels, files.paths, strict=True)) if fault]
    if unreadable:
        more = f" and {len(unreadable) - 3} more" if len(unreadable) > 3 else ""
        raise RequestError(
            f"data.path: {len(unreadable)} of {len(files.paths)} files cannot be read as images: "
            f"{'; '.join(unreadable[:3])}{more}; repair or remove them"
        )
    return Images(pixels, torch.tensor(files.labels, dtype=torch.int64), files.groups)
