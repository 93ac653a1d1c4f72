"""Which part of an image a transform gives to the network, found by trying it out."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PIL import Image
from torch import Tensor

HEIGHT, WIDTH = 512, 1024
EDGE = 0.1
"""Of either side of an axis, left out: there a filter has fewer pixels to look at."""
STEPS = 256
"""What a fraction is rounded to, as grey levels tell no more; 224 of 256 pixels are 0.875 exactly."""


class Geometry(NamedTuple):
    """The fraction of the side that is kept, and whether width and height are resized each for itself.

    Not squashed it is a fraction of the centre square's side, squashed of both sides.
    """

    crop: float
    squash: bool


def measured(transform: Callable[[Image.Image], Tensor]) -> Geometry:
    """What a transform does to images twice as wide as high, which grow brighter to the right, or downwards.

    Raises:
        LookupError: it gives no image, or pads it, or keeps another shape.
    """
    black, white = (transform(Image.new("RGB", (WIDTH, HEIGHT), (level,) * 3)) for level in (0, 255))
    if black.ndim != 3:
        raise LookupError("gives no image")
    if float((white - black).abs().min()) == 0:
        raise LookupError("pads the image")

    def kept(levels: np.ndarray[tuple[int, int], np.dtype[np.float64]], axis: int) -> float:
        grey = Image.fromarray(np.broadcast_to(levels, (HEIGHT, WIDTH)).round().astype(np.uint8)).convert("RGB")
        share = ((transform(grey) - black) / (white - black)).double().mean(dim=(0, 2 - axis)).numpy()
        return _slope(share) * len(share) * (levels.size - 1) / levels.size

    across = kept(np.linspace(0, 255, WIDTH)[None], axis=1)
    down = kept(np.linspace(0, 255, HEIGHT)[:, None], axis=0)
    ratio = across / down * WIDTH / HEIGHT
    if not (0.98 < ratio < 1.02 or 1.96 < ratio < 2.04) or down > 1.02:
        raise LookupError(f"gives {across:.2f} of the width by {down:.2f} of the height")
    return Geometry(round(min(down, 1.0) * STEPS) / STEPS, ratio > 1.5)


def _slope(levels: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """How much the levels [pixels] rise from one pixel to the next."""
    edge = max(1, round(EDGE * len(levels)))
    inner = levels[edge:-edge]
    return float(np.polyfit(np.arange(len(inner)), inner, 1)[0])
