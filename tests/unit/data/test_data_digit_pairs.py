"""Pairs of digits: what their labels say, and that no digit is learnt from and tested on."""

from __future__ import annotations

import numpy as np

from harness.data.datasets.digit_pairs import CLASSES, PAIRS, SIDE
from harness.data.datasets.digits import digits
from harness.data.images import Samples
from harness.data.open import open_source
from harness.spec.spec import Data

SPEC = Data(name="digit_pairs", targets="labels")


def halves(part: Samples) -> list[list[bytes]]:
    """The two digits of each image, by their pixels and without the empty rows around them."""
    found = []
    for at in range(0, len(part), 25):
        image = np.asarray(part.open(at))
        sides = (image[:, :SIDE], image[:, SIDE:])
        found.append([side[side.any(axis=1)].tobytes() for side in sides])
    return found


def stored(part: Samples) -> dict[bytes, int]:
    """The class of each digit by its pixels."""
    images = [np.asarray(part.open(at)) for at in range(len(part))]
    return {image[image.any(axis=1)].tobytes(): int(label) for image, label in zip(images, part.labels, strict=True)}  # type: ignore[call-overload]


def test_each_image_shows_the_digits_that_its_labels_name() -> None:
    source, known = open_source(SPEC), digits(Data())
    assert source.classes == CLASSES
    for part, single in ((source.train, stored(known.train)), (source.test(), stored(known.test()))):
        rows = np.asarray(part.labels)
        assert rows.sum(axis=1).tolist() == [3] * len(part)
        assert len(set(rows[:, 10:].sum(axis=0).tolist())) == 1, "each pair as often"
        for row, sides in zip(rows[::25], halves(part), strict=True):
            pair = tuple(sorted(single[side] for side in sides))
            assert PAIRS[int(row[10:].argmax())] == pair
            assert tuple(np.flatnonzero(row[:10])) == pair


def test_no_digit_is_in_both_parts() -> None:
    source = open_source(SPEC)
    train, test = ({side for sides in halves(part) for side in sides} for part in (source.train, source.test()))
    assert not train & test
