"""A test part for sets that have none: a property of the data set, the same for every run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.model_selection import train_test_split

from harness.data.split import Index, by_groups
from harness.spec.errors import RequestError

HELD_OUT = 0.2
"""The test part's share of a set that has no official one."""

_DRAW = 0


def hold_out(labels: Sequence[int], groups: Sequence[str] | None = None) -> tuple[Index, Index]:
    """Ascending indices of the images to learn from and of a fifth of each class to test on; no group is on both sides.

    Raises:
        RequestError: a class has too few images, or groups, for both.
    """
    array = np.asarray(labels)
    try:
        if groups is None:
            train, test = train_test_split(
                np.arange(len(array)), test_size=HELD_OUT, stratify=array, random_state=_DRAW
            )
        else:
            train, test = by_groups(array, np.unique(groups, return_inverse=True)[1], HELD_OUT, _DRAW)
    except ValueError as error:
        raise RequestError(f"data: no test part can be held out: {error}") from None
    present = set(array.tolist())
    if any(set(array[part].tolist()) != present for part in (train, test)):
        raise RequestError("data: no test part can be held out by groups: a class has too few of them; give test/CLASS")
    return np.sort(train), np.sort(test)
