"""What a registered model says of a folder of images, as a table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from PIL import Image
from torch import Tensor

from harness.data.datasets.dicom import unlabelled
from harness.data.decode import decode
from harness.data.delivery import Delivery
from harness.data.images import Samples
from harness.data.layout import image_files, is_image
from harness.data.open import shown_grey, upright
from harness.data.resize import framed
from harness.diagnose.registry.restore import Restored
from harness.spec.errors import RequestError
from harness.spec.machine import Machine
from harness.spec.paths import printable
from harness.spec.spec import Data

DIGITS = 6
"""Of a probability in the table."""


def classify(restored: Restored, folder: Path) -> pd.DataFrame:
    """A row for each image below a folder: `file`, a probability for each class or label, and `answer`.

    Images are read and shown as those that the model learnt from: size, crop, filter, grey. `answer` is the most
    probable class; of several labels those whose probability reaches their threshold, joined by +, or nothing.

    Raises:
        RequestError: there are no images, or some cannot be read.
    """
    samples = unlabelled(folder, restored.data) if restored.data.name == "dicom" else _plain(folder, restored.data)
    if not len(samples):
        raise RequestError(f"images: no images lie below {folder}")
    how = restored.preprocessing
    size, interpolation = restored.data.size, how.interpolation
    shown = framed(samples, size, interpolation, how.crop, how.squash)
    images = decode(shown, size, interpolation, Delivery.of(Machine(cache="none")))
    found = restored.probabilities(images.pixels)
    table = pd.DataFrame(found.double().numpy().round(DIGITS), columns=list(restored.classes))
    table.insert(0, "file", list(samples.names), allow_duplicates=True)
    table.insert(len(table.columns), "answer", list(_answers(restored, found)), allow_duplicates=True)
    return table


def _answers(restored: Restored, probabilities: Tensor) -> Iterator[str]:
    if restored.thresholds is None:
        yield from (restored.classes[place] for place in probabilities[:, : len(restored.classes)].argmax(1).tolist())
        return
    for said in (probabilities.double() >= probabilities.new_tensor(restored.thresholds).double()).tolist():
        yield "+".join(name for name, is_said in zip(restored.classes, said, strict=True) if is_said)


def _plain(folder: Path, spec: Data) -> Samples:
    paths = image_files(folder, is_image)[0]
    names = [printable(path.relative_to(folder).as_posix()) for path in paths]
    found = Samples(names, [0] * len(paths), lambda place: Image.open(paths[place]), encoded=True)
    shown = shown_grey(found, spec)
    return upright(shown) if spec.orientation == "exif" else shown
