"""Two real handwritten digits beside each other, and 55 labels of what is there: no download."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt
from PIL import Image

from harness.data.datasets.digits import digits
from harness.data.images import Samples, Source
from harness.spec.spec import Data

PAIRS = tuple(combinations(range(10), 2))
CLASSES = (*(f"{digit}" for digit in range(10)), *(f"{first} and {second}" for first, second in PAIRS))
TRAIN, TEST = 40, 10
"""Images of each pair."""

SIDE, CANVAS = 8, 16
_DRAW = {"train": 0, "test": 1}  # a property of the data set, the same for every seed of a run


def digit_pairs(spec: Data) -> Source:
    """1,800 training and 450 test images of two different digits, of the training and the test part of `digits`.

    A label for each digit (a fifth of the images have it) and one for each pair of digits (2.2 %): three of 55 are
    there in every image. Each digit lies in its half of 16 × 16 pixels, at a random height; which is left is random.
    """
    source = digits(Data())
    train = _samples(source.train, "train", TRAIN)
    return Source(spec.label or spec.name, CLASSES, train, lambda: _samples(source.test(), "test", TEST))


def _samples(part: Samples, name: str, each: int) -> Samples:
    drawn, rows = _drawn(part, each, _DRAW[name])
    names = [f"{name} pair {number}" for number in range(len(rows))]
    return Samples(names, rows, lambda position: Image.fromarray(drawn[position]))


def _drawn(part: Samples, each: int, seed: int) -> tuple[npt.NDArray[np.uint8], list[tuple[int, ...]]]:
    """Images [N, 16, 16] and their rows of labels; `each` of every pair, in a random order."""
    random = np.random.RandomState(seed)  # its streams are frozen by NumPy's compatibility policy
    members = [np.flatnonzero(np.asarray(part.labels) == digit) for digit in range(10)]
    images = np.zeros((each * len(PAIRS), CANVAS, CANVAS), np.uint8)
    rows = []
    for image, at in zip(images, random.permutation(len(images)) % len(PAIRS), strict=True):
        pair = PAIRS[at]
        for half, digit in enumerate(random.permutation(pair)):
            stored = np.asarray(part.open(int(random.choice(members[digit]))))
            top, left = random.randint(CANVAS - SIDE + 1), half * SIDE
            image[top : top + SIDE, left : left + SIDE] = stored
        rows.append(tuple(int(digit in pair) for digit in range(10)) + tuple(int(other == pair) for other in PAIRS))
    return images, rows
