"""What of an image folder torchvision's ImageFolder, which an exported script reads it by, reads otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from harness.data.datasets.imagefolder import imagefolder
from harness.data.inspect import inspect
from harness.spec.errors import RequestError
from harness.spec.spec import Data


def folder_faults(data: Data) -> Iterator[str]:
    """Parts of other names, files that it leaves out, links that it cannot follow, and 16-bit grey, which it clips."""
    if data.name != "imagefolder" or data.path is None:
        return
    try:
        source = imagefolder(data)
    except RequestError as error:
        yield from error.faults
        return
    if source.parts or data.reading is not None:
        yield "data.path: an exported script reads train/ and val/ in torchvision's way; this folder is read otherwise"
    if inspect(source.train).deep:
        yield "data.path: an exported script would clip 16-bit grey; store the images with 8 bits"
