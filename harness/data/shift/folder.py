"""Another test set of the same classes: other cameras, another hospital, sketches."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from harness.data.datasets.imagefolder import samples
from harness.data.decode import decode
from harness.data.delivery import Delivery
from harness.data.folder import scan_classes
from harness.data.images import Dataset, Images, Samples
from harness.data.layout import image_files, uncommon
from harness.data.open import open_source, shown_grey, usable
from harness.data.resize import framed
from harness.model.pretrained import Preprocessing
from harness.spec.errors import RequestError
from harness.spec.machine import Machine
from harness.spec.spec import Data, Shift, Spec


def folder(spec: Spec, dataset: Dataset, preprocessing: Preprocessing) -> Iterator[tuple[str, Images]]:
    """The images of `shift.path`, in folders named as the data set's classes; other folders are left alone.

    Raises:
        RequestError: there is no such folder, a class has no images in it, or some of them cannot be read.
    """
    frame = (preprocessing.interpolation, preprocessing.crop, preprocessing.squash)
    yield "folder", _read(spec.shift, spec.data, dataset.classes, *frame)


def reading(path: Path) -> str | None:
    """What of reading the folder makes other numbers than records of the same files had before."""
    endings = uncommon(image_files(path)[0])
    return f"endings={','.join(endings)}" if endings else None


def faults(spec: Spec) -> list[str]:
    """One line for each fault of the folder, before anything is trained."""
    try:
        _samples(spec.shift, spec.data, open_source(spec.data).classes)
    except RequestError as error:
        return list(error.faults)
    return []


@lru_cache(maxsize=2)
def _read(shift: Shift, data: Data, classes: tuple[str, ...], interpolation: str, crop: float, squash: bool) -> Images:
    kept = framed(_samples(shift, data, classes), data.size, interpolation, crop, squash)
    return decode(kept, data.size, interpolation, Delivery.of(Machine(cache="none")))


def _samples(shift: Shift, data: Data, classes: tuple[str, ...]) -> Samples:
    if shift.path is None:
        raise RequestError("shift.path: the folder that holds CLASS/* is needed to read the images")
    files = scan_classes(shift.path, classes, "shift.path")
    return usable(shown_grey(samples(files, f"{shift.fingerprint}"), data), data, "shifted")[0]
