"""Random splits in two, equal to scikit-learn's to the last index, as importing it takes over a second.

`random` is NumPy's RandomState, which scikit-learn draws from; tests hold each split equal to the original.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Index = npt.NDArray[np.int64]


def shuffled(count: int, fraction: float, candidates: int, seed: int) -> Iterator[tuple[Index, Index]]:
    """Random splits of `count` things, the second part holding `fraction`, as ShuffleSplit gives them.

    Raises:
        ValueError: the first part would be empty.
    """
    second = _second(count, fraction)
    random = np.random.RandomState(seed)
    for _ in range(candidates):
        order = random.permutation(count)
        yield order[second:], order[:second]


def shuffled_groups(groups: Index, fraction: float, candidates: int, seed: int) -> Iterator[tuple[Index, Index]]:
    """Random splits of whole groups, int64 [N] by image, as GroupShuffleSplit gives them: ascending indices.

    Raises:
        ValueError: the first part would be empty.
    """
    present, codes = np.unique(groups, return_inverse=True)
    for first, second in shuffled(len(present), fraction, candidates, seed):
        yield np.flatnonzero(np.isin(codes, first)), np.flatnonzero(np.isin(codes, second))


def stratified(labels: Index, fraction: float, seed: int) -> tuple[Index, Index]:
    """The first split of StratifiedShuffleSplit, which train_test_split gives, too: of each class the same fraction.

    Raises:
        ValueError: a class has one image only, or a part would hold fewer images than there are classes.
    """
    second = _second(len(labels), fraction)
    first = len(labels) - second
    classes, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    if counts.min() < 2:
        raise ValueError(f"class {classes[counts < 2][0]} has one image only")
    if min(first, second) < len(classes):
        raise ValueError(f"parts of {first} and {second} images are too small for {len(classes)} classes")
    members = np.split(np.argsort(codes, kind="stable"), np.cumsum(counts)[:-1])
    random = np.random.RandomState(seed)
    taken = _apportioned(counts, first, random)
    left = _apportioned(counts - taken, second, random)
    parts: tuple[list[Index], list[Index]] = ([], [])
    for own, here, there in zip(members, taken, left, strict=True):
        drawn = own[random.permutation(len(own))]
        parts[0].append(drawn[:here])
        parts[1].append(drawn[here : here + there])
    one, other = (random.permutation(np.concatenate(part)) for part in parts)
    return one, other


def _second(count: int, fraction: float) -> int:
    second = math.ceil(fraction * count)
    if second >= count:
        raise ValueError(f"of {count} none would be left to learn from")
    return second


def _apportioned(counts: Index, draws: int, random: np.random.RandomState) -> Index:
    """How many of `draws` each class gets, [C]: by largest remainders, equal ones in random order."""
    exact = counts / counts.sum() * draws
    found = np.floor(exact)
    missing = int(draws - found.sum())
    remainders = exact - found
    for value in np.unique(remainders)[::-1]:
        if missing <= 0:
            break
        tied = np.flatnonzero(remainders == value)
        chosen = random.choice(tied, size=min(len(tied), missing), replace=False)
        found[chosen] += 1
        missing -= len(chosen)
    whole: Index = found.astype(np.int64)
    return whole
