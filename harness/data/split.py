"""Validation is cut from the training part; sets without a test part have one held out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from harness.data.images import Images, Labels
from harness.data.shuffle import Index, shuffled, shuffled_groups, stratified
from harness.spec.errors import RequestError

_CANDIDATES = 64


def most_even(labels: Index, groups: Index | None, val_fraction: float, seed: int) -> tuple[Index, Index]:
    """Of several random splits, by whole groups where there are any, the one that divides the classes most evenly.

    scikit-learn's StratifiedGroupKFold would do it in one step, but only for fractions of the form 1/k, and neither it
    nor a stratified split takes several labels an image.

    Args:
        labels: int64 [N] by image, or rows of 0 and 1, [N, L].
        groups: int64 [N], by image; None where each image is one.
        val_fraction: how much is validated on.
        seed: of the random splits.

    Returns:
        Indices of the two parts, int64 [n] each.
    """
    totals = kinds(labels)
    if groups is None:
        candidates = shuffled(len(labels), val_fraction, _CANDIDATES, seed)
    else:
        candidates = shuffled_groups(groups, val_fraction, _CANDIDATES, seed)

    def unevenness(candidate: tuple[Index, Index]) -> float:
        fractions = kinds(labels[candidate[1]], len(totals)) / np.maximum(totals, 1)
        return float(np.abs(fractions - val_fraction).max())

    return min(candidates, key=unevenness)


def kinds(labels: Index, classes: int = 0) -> Index:
    """How many images are of each kind: of a class, [C]; of those that have a label and then of those without, [2L].

    A kind that a part lacks can neither be learnt from it nor measured on it.
    """
    if labels.ndim == 1:
        return np.bincount(labels, minlength=classes)
    having: Index = labels.sum(axis=0)
    return np.concatenate([having, len(labels) - having])


def split(train: Images, val_fraction: float, seed: int) -> tuple[Tensor, Tensor]:
    """Indices (int64 [n] and [m], ascending) of the images to learn from and of those to validate on.

    Every class is split in the same proportion, several labels as evenly as one of many random splits does; where
    images have groups, no group is on both sides. A data set that has a validation part of its own is split by that,
    whatever the fraction and the seed.

    Raises:
        RequestError: a class would be missing from one of the two sides.
    """
    if train.validation is not None:
        marked = torch.tensor(train.validation)
        return torch.nonzero(~marked)[:, 0], torch.nonzero(marked)[:, 0]
    labels = train.labels.numpy()
    seed %= 2**32  # what RandomState takes
    try:
        if train.groups is None and labels.ndim == 1:
            parts = stratified(labels, val_fraction, seed)
        else:
            parts = most_even(labels, _codes(train.groups), val_fraction, seed)
    except ValueError as error:
        raise RequestError(f"data.val_fraction: no split at {val_fraction:g}: {error}") from None
    for part, name in zip(parts, ("training", "validation"), strict=True):
        lost, present = _lost(labels, part)
        if lost:
            unit = "images" if train.groups is None else "groups"
            which = "classes" if labels.ndim == 1 else "labels"
            more = "" if labels.ndim == 1 else ", with and without,"
            raise RequestError(
                f"data.val_fraction: at {val_fraction:g}, {lost} of {present} {which} have too few "
                f"{unit}{more} to be in the {name} part; give more samples or a fraction nearer to 0.5"
            )
    train_index, val_index = (torch.from_numpy(np.sort(part)) for part in parts)
    return train_index, val_index


def _codes(groups: Sequence[str] | None) -> Index | None:
    return None if groups is None else np.unique(groups, return_inverse=True)[1]


def _lost(labels: Index, part: Index) -> tuple[int, int]:
    """How many classes, or labels, a part lacks images of (or without), and how many there are."""
    whole, here = kinds(labels), kinds(labels[part], int(labels.max(initial=0)) + 1)
    lost = (whole > 0) & (here == 0)
    if labels.ndim == 2:
        return int(lost.reshape(2, -1).any(axis=0).sum()), labels.shape[1]
    return int(lost.sum()), int((whole > 0).sum())


HELD_OUT = 0.2
"""The test part's fraction of a set that has no official one."""

_DRAW = 0


def hold_out(labels: Labels, groups: Sequence[str] | None = None) -> tuple[Index, Index]:
    """Ascending indices of the images to learn from and of a fifth of each class to test on; no group is on both sides.

    Raises:
        RequestError: a class has too few images, or groups, for both.
    """
    array = np.asarray(labels)
    if groups is not None and len(set(groups)) == 1:
        raise RequestError(
            "data: no test part can be held out: all images are of one group (patient); give test/ or a split"
        )
    try:
        if groups is None and array.ndim == 1:
            train, test = stratified(array, HELD_OUT, _DRAW)
        else:
            train, test = most_even(array, _codes(groups), HELD_OUT, _DRAW)
    except ValueError as error:
        raise RequestError(f"data: no test part can be held out: {error}") from None
    if any(_lost(array, part)[0] for part in (train, test)):
        if array.ndim == 2:
            raise RequestError("data: no test part can be held out: a label is too rare; give the table a column split")
        raise RequestError("data: no test part can be held out by groups: a class has too few of them; give test/CLASS")
    return np.sort(train), np.sort(test)
