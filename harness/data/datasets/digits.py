"""Real handwritten digits, carried by scikit-learn: no download."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from harness.data.images import Samples, Source
from harness.spec.spec import Data

CLASSES = tuple(str(digit) for digit in range(10))
TEST_FRACTION = 0.3
_SPLIT = 0  # the test part is a property of the data set, the same for every seed of a run


@cache
def _read() -> Any:
    return load_digits()


def _samples(index: npt.NDArray[np.int64]) -> Samples:
    source = _read()
    grey = np.round(source.images[index] * (255 / 16)).astype(np.uint8)  # stored as 0 to 16
    names = [f"digit {number}" for number in index]
    return Samples(names, source.target[index].tolist(), lambda position: Image.fromarray(grey[position]))


def digits(spec: Data) -> Source:
    """1,797 digits of 8 × 8 pixels: 1,257 for training and a fixed test part of 540.

    The set is the test part of UCI's "Optical Recognition of Handwritten Digits" (Alpaydin and Kaynak, 1998,
    CC BY 4.0). It does not say who wrote which digit, so train and test part share their writers.
    """
    labels = _read().target
    train, test = train_test_split(
        np.arange(len(labels)), test_size=TEST_FRACTION, stratify=labels, random_state=_SPLIT
    )
    return Source(spec.label or spec.name, CLASSES, _samples(np.sort(train)), lambda: _samples(np.sort(test)))
