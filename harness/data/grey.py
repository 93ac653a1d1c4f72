"""Grey images, whose three stored channels are one."""

from __future__ import annotations

from torch import Tensor

from harness.data.images import Images
from harness.data.names import shown
from harness.spec.errors import RequestError

AT_ONCE = 512


def coloured(pixels: Tensor) -> list[int]:
    """Indices of the images, uint8 [N, 3, S, S], whose channels differ."""
    found: list[int] = []
    for start in range(0, len(pixels), AT_ONCE):
        part = pixels[start : start + AT_ONCE]
        differs = (part[:, 1:] != part[:, :1]).flatten(1).any(1)
        found += (start + differs.nonzero().flatten()).tolist()
    return found


def require_grey(images: Images, part: str) -> None:
    """Refuse colour where a network takes one channel.

    Raises:
        RequestError: how many images of the part are in colour, and which.
    """
    found = coloured(images.pixels)
    if found:
        names = [images.names[each] if images.names is not None else f"image {each}" for each in found]
        raise RequestError(
            f"backbone.in_chans: {len(found)} of {len(images)} images of the {part} part are in colour "
            f"({shown(names)}); store them as grey, or use in_chans=3"
        )
