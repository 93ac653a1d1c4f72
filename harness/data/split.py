"""Validation is cut from the training part; sets without a test part have one held out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from sklearn.model_selection import GroupShuffleSplit, StratifiedShuffleSplit, train_test_split
from torch import Tensor

from harness.data.images import Images
from harness.spec.errors import RequestError

_CANDIDATES = 64

Index = npt.NDArray[np.int64]


def _stratified(labels: Index, val_fraction: float, seed: int) -> tuple[Index, Index]:
    splitter = StratifiedShuffleSplit(n_splits=1, test_size=val_fraction, random_state=seed)
    train, val = next(splitter.split(labels, labels))
    return train, val


def by_groups(labels: Index, groups: Index, val_fraction: float, seed: int) -> tuple[Index, Index]:
    """Of several random splits by whole groups, the one that divides the classes most evenly.

    scikit-learn's StratifiedGroupKFold would do it in one step, but only for fractions of the form 1/k.

    Args:
        labels: int64 [N], by image.
        groups: int64 [N], by image.
        val_fraction: how much is validated on.
        seed: of the random splits.

    Returns:
        Indices of the two parts, int64 [n] each.
    """
    totals = np.bincount(labels)
    splitter = GroupShuffleSplit(n_splits=_CANDIDATES, test_size=val_fraction, random_state=seed)
    candidates: list[tuple[Index, Index]] = list(splitter.split(labels, groups=groups))

    def unevenness(candidate: tuple[Index, Index]) -> float:
        fractions = np.bincount(labels[candidate[1]], minlength=len(totals)) / totals
        return float(np.abs(fractions - val_fraction).max())

    return min(candidates, key=unevenness)


def split(train: Images, val_fraction: float, seed: int) -> tuple[Tensor, Tensor]:
    """Indices (int64 [n] and [m], ascending) of the images to learn from and of those to validate on.

    Every class is split in the same proportion; where images have groups, no group is on both sides. A data set that
    has a validation part of its own is split by that, whatever the fraction and the seed.

    Raises:
        RequestError: a class would be missing from one of the two sides.
    """
    if train.validation is not None:
        marked = torch.tensor(train.validation)
        return torch.nonzero(~marked)[:, 0], torch.nonzero(marked)[:, 0]
    labels = train.labels.numpy()
    seed %= 2**32  # what scikit-learn takes
    try:
        if train.groups is None:
            parts = _stratified(labels, val_fraction, seed)
        else:
            codes = np.unique(train.groups, return_inverse=True)[1]
            parts = by_groups(labels, codes, val_fraction, seed)
    except ValueError as error:
        raise RequestError(f"data.val_fraction: no split at {val_fraction:g}: {error}") from None
    present = set(labels.tolist())
    for part, name in zip(parts, ("training", "validation"), strict=True):
        lost = present - set(labels[part].tolist())
        if lost:
            unit = "images" if train.groups is None else "groups"
            raise RequestError(
                f"data.val_fraction: at {val_fraction:g}, {len(lost)} of {len(present)} classes have too few "
                f"{unit} to be in the {name} part; give more samples or a fraction nearer to 0.5"
            )
    train_index, val_index = (torch.from_numpy(np.sort(part)) for part in parts)
    return train_index, val_index


HELD_OUT = 0.2
"""The test part's fraction of a set that has no official one."""

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
