"""A folder of made photographs, so that anyone can repeat the measurement."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 500, 375
QUALITY = 90
_OCTAVES = (4, 16, 64, 256, 500)


def write_photographs(folder: Path, count: int) -> Path:
    """An ImageFolder of two classes with `count` JPEGs of 500 × 375 pixels in train/ and two in val/.

    Detail falls with its frequency as in photographs, so that they take a photograph's time to decode.
    """
    for part, number in (("train", count), ("val", 2)):
        for position in range(number):
            place = folder / part / f"class{position % 2}"
            place.mkdir(parents=True, exist_ok=True)
            _photograph(position).save(place / f"{position:05d}.jpg", quality=QUALITY)
    return folder


def _photograph(seed: int) -> Image.Image:
    random = np.random.default_rng(seed)
    total = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    for octave in _OCTAVES:
        grid = random.integers(0, 256, (octave * 3 // 4 + 1, octave + 1, 3), np.uint8)
        layer = Image.fromarray(grid).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
        total += (np.asarray(layer, np.float32) - 127.5) / octave**0.5
    return Image.fromarray((127.5 + total).clip(0, 255).astype(np.uint8))
