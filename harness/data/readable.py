"""Which of the files below a class folder are images, and what is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from PIL import Image, ImageFile, features

from harness.spec.paths import Walk, is_hidden, printable, walk

COMMON = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")
"""Endings that have always been read, and so do not enter a run's identity; those of torchvision's ImageFolder."""

_OPTIONAL = {"AVIF": "avif", "WEBP": "webp", "JPEG2000": "jpg_2000"}
_NEVER = {"EPS", "MPEG"}
"""Pillow hands EPS to another program, and knows MPEG by its header alone."""

_JUNK = {"thumbs.db", "desktop.ini", "icon\r"}


@cache
def endings() -> frozenset[str]:
    """Endings of the formats that the installed Pillow decodes by itself, in lower case."""
    Image.init()
    return frozenset(ending for ending, form in Image.registered_extensions().items() if _decodes(form))


def _decodes(form: str) -> bool:
    opener = Image.OPEN.get(form, (None,))[0]
    if opener is None or form in _NEVER or (form in _OPTIONAL and not features.check(_OPTIONAL[form])):
        return False
    return not (isinstance(opener, type) and issubclass(opener, ImageFile.StubImageFile))


def is_image(file: Path) -> bool:
    """Whether a file is read as an image: by its ending, and not hidden."""
    return file.suffix.lower() in endings() and not is_hidden(file.name)


def image_files(folder: Path) -> tuple[list[Path], Walk]:
    """The images below a folder in the order of their paths, and all that was found there."""
    found = walk(folder)
    return [file for file in found.files if is_image(file)], found


def left_out(found: Iterable[Walk]) -> Counter[str]:
    """How many files there are of each ending that is not read, the most frequent first."""
    files = [file for each in found for file in each.files if file.name.lower() not in _JUNK and not is_image(file)]
    counts = Counter(printable(file.suffix.lower()) or "no ending" for file in files)
    return Counter(dict(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))))


def uncommon(files: Iterable[Path]) -> list[str]:
    """Endings that only some of those who read image folders read."""
    return sorted({file.suffix.lower() for file in files} - set(COMMON))
