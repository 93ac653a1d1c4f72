"""Which images of the training part are kept: a property of the data set, the same for every seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from harness.spec.errors import RequestError

_DRAW = 20_251  # fixed: a smaller training set is another data set, not another draw of the run


def choose_samples(labels: Sequence[int], samples: int | None) -> npt.NDArray[np.int64]:
    """Ascending indices of `samples` images, each class in proportion to its size; all of them for None.

    The draws are nested: the images of a smaller number are among those of a larger one.

    Raises:
        RequestError: more images are asked for than there are, or so few that a class would have none.
    """
    total = len(labels)
    if samples is None:
        return np.arange(total)
    if samples > total:
        raise RequestError(f"data.samples: {samples} asked for, but the training part has {total}")
    random = np.random.RandomState(_DRAW)  # its streams are frozen by NumPy's compatibility policy
    array = np.asarray(labels)
    place = np.empty(total)
    for label in np.unique(array):
        (members,) = np.nonzero(array == label)
        place[random.permutation(members)] = (np.arange(len(members)) + 0.5) / len(members)
    chosen = np.sort(np.argsort(place, kind="stable")[:samples])
    lost = len(Counter(labels)) - len(np.unique(array[chosen]))
    if lost:
        raise RequestError(f"data.samples: {samples} images leave {lost} classes without any; ask for more")
    return chosen


def choose_classes(classes: tuple[str, ...], keep: int | None) -> tuple[str, ...]:
    """The first `keep` classes; all of them for None.

    Raises:
        RequestError: more classes are asked for than there are.
    """
    if keep is not None and keep > len(classes):
        raise RequestError(f"data.classes: {keep} asked for, but the data set has {len(classes)}")
    return classes[:keep]
