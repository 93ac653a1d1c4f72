"""A folder of one's own images: `train/CLASS/*` and `val/CLASS/*`, of which `val/` is the test part."""

from __future__ import annotations

from PIL import Image

from harness.data.parts.folder import Files, scan
from harness.data.parts.source import Samples, Source
from harness.spec.spec import Data


def imagefolder(spec: Data) -> Source:
    """A folder in torchvision's ImageFolder form; classes are the sorted names of its folders.

    Raises:
        RequestError: the folder, its classes or the group pattern is wrong.
    """
    listing = scan(spec)
    train, test = (
        samples(files, f"{spec.fingerprint}/{part}") for part, files in (("train", listing.train), ("val", listing.val))
    )
    return Source(spec.label or spec.name, listing.classes, train, lambda: test)


def samples(files: Files, stamp: str) -> Samples:
    """The files of one part as images that are not decoded yet; `stamp` is a fingerprint of their content."""
    names = ["/".join(path.parts[-3:]) for path in files.paths]
    return Samples(
        names, files.labels, lambda position: Image.open(files.paths[position]), files.groups, stamp, encoded=True
    )
