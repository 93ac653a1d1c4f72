"""A folder of one's own images: `train/CLASS/*` and `val/CLASS/*`, of which `val/` is the test part."""

from __future__ import annotations

from harness.data.parts.decode import decode
from harness.data.parts.folder import scan
from harness.data.parts.images import Dataset, Images
from harness.spec.errors import RequestError
from harness.spec.spec import Data


def imagefolder(spec: Data, interpolation: str = "bicubic") -> Dataset:
    """Read a folder in torchvision's ImageFolder form; classes are the sorted names of its folders.

    Each image is decoded to RGB, cut to its centre square and resized with antialiasing to `spec.size`.

    Raises:
        RequestError: the folder, its classes, the samples, the group pattern or a file is wrong.
    """
    listing = scan(spec)

    def test() -> Images:
        return decode(listing.val, spec.size, interpolation)

    train = decode(listing.train, spec.size, interpolation)
    return Dataset(spec.label or spec.name, listing.classes, train, test)


def faults(spec: Data) -> list[str]:
    """What is wrong with the folder, told without decoding an image."""
    try:
        scan(spec)
    except RequestError as error:
        return list(error.faults)
    return []
