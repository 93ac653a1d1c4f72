"""Real handwritten digits, carried by scikit-learn: no download."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from harness.data.parts.choose import choose_classes, choose_samples
from harness.data.parts.images import Dataset, Images
from harness.data.parts.resize import to_square
from harness.spec.errors import RequestError
from harness.spec.spec import Data

CLASSES = tuple(str(digit) for digit in range(10))
TEST_FRACTION = 0.3
_SPLIT = 0  # the test part is a property of the data set, the same for every seed of a run


@cache
def _read() -> Any:
    return load_digits()


def _parts(classes: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    labels = _read().target
    train, test = train_test_split(
        np.arange(len(labels)), test_size=TEST_FRACTION, stratify=labels, random_state=_SPLIT
    )
    return tuple(np.sort(part[labels[part] < classes]) for part in (train, test))  # type: ignore[return-value]


def _images(index: npt.NDArray[np.int64], size: int, interpolation: str) -> Images:
    source = _read()
    grey = np.round(source.images[index] * (255 / 16)).astype(np.uint8)  # stored as 0 to 16
    pixels = torch.stack([to_square(Image.fromarray(image), size, interpolation) for image in grey])
    return Images(pixels, torch.from_numpy(source.target[index].astype(np.int64)))


def digits(spec: Data, interpolation: str = "bicubic") -> Dataset:
    """1,797 digits of 8 × 8 pixels, enlarged to `spec.size`: 1,257 for training and a fixed test part of 540.

    The set is the test part of UCI's "Optical Recognition of Handwritten Digits" (Alpaydin and Kaynak, 1998,
    CC BY 4.0). It does not say who wrote which digit, so train and test part share their writers.

    Raises:
        RequestError: more classes or more samples are asked for than there are.
    """
    classes = choose_classes(CLASSES, spec.classes)
    train, test = _parts(len(classes))
    train = train[choose_samples(_read().target[train].tolist(), spec.samples)]
    return Dataset(
        spec.label or spec.name,
        classes,
        _images(train, spec.size, interpolation),
        lambda: _images(test, spec.size, interpolation),
    )


def faults(spec: Data) -> list[str]:
    """Whether there are as many classes and samples as asked for."""
    try:
        train, _ = _parts(len(choose_classes(CLASSES, spec.classes)))
        choose_samples(_read().target[train].tolist(), spec.samples)
    except RequestError as error:
        return list(error.faults)
    return []
