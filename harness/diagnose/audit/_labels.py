"""Labels in whatever form a data set or a loader gives them, as class numbers int64 [N]."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from harness.spec.errors import RequestError

IGNORED = -100  # torch's cross-entropy leaves images out whose label is this, unless told another number
TOLERANCE = 1e-3  # of a row's sum: float16


def read_labels(labels: Any) -> Tensor:
    """Class numbers, int64 [N], from a tensor, array, list or table column of them, of any integer or float type.

    [N, 1] is flattened. Rows of [N, classes] that sum to 1 are one-hot or soft labels (mixup): the largest counts.

    Raises:
        RequestError: names instead of numbers, fractions, several classes an image, or another shape.
    """
    given = _tensor(labels)
    if given.is_complex() or given.ndim == 0:
        raise RequestError(f"labels: needs one class number for each image, got the shape {tuple(given.shape)}")
    if given.ndim > 1 and given.numel() == len(given):
        given = given.reshape(len(given))
    if given.ndim == 2:
        return _largest(given)
    if given.ndim > 2:
        raise RequestError(f"labels: needs [N] or [N, classes], got the shape {tuple(given.shape)}")
    if given.is_floating_point() and not bool((given == given.round()).all()):
        raise RequestError("labels: the values are fractions; class numbers 0, 1, 2, ... are needed")
    return given.long()


def _tensor(labels: Any) -> Tensor:
    if isinstance(labels, Tensor):
        return labels.detach()
    if hasattr(labels, "to_numpy"):
        labels = labels.to_numpy()
    try:
        return torch.as_tensor(labels)
    except (TypeError, ValueError, RuntimeError):
        first = next(iter(labels), None) if hasattr(labels, "__iter__") else labels
        raise RequestError(
            f"labels: needs class numbers 0, 1, 2, ..., got {type(labels).__name__} of {type(first).__name__} "
            f"({str(first)[:40]!r})"
        ) from None


def _largest(rows: Tensor) -> Tensor:
    values = rows.double()
    if bool(((values.sum(dim=1) - 1).abs() > TOLERANCE).any()) or bool((values < 0).any()):
        raise RequestError(
            f"labels: rows of {tuple(rows.shape)} do not sum to 1, so they are several classes an image; check() looks "
            "at one class an image (cross-entropy): leave labels= out"
        )
    return values.argmax(dim=1)


def starts_at_one(labels: Tensor, classes: int) -> bool:
    """Whether class numbers run from 1 to the number of classes."""
    return bool(len(labels)) and int(labels.min()) == 1 and int(labels.max()) == classes
