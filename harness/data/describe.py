"""The `data` block of a record: sizes, hashes, and images that occur more than once."""

from __future__ import annotations

import hashlib
from typing import Any

import torch
from torch import Tensor

from harness.data.images import Dataset, Images
from harness.spec.spec import MULTILABEL

_LENGTH = 16


def split_hash(train_index: Tensor, val_index: Tensor) -> str:
    """Short hash of a split, int64 [n] and [m]: equal where the same images are learnt from and validated on."""
    digest = hashlib.sha256()
    for index in (train_index, val_index):
        digest.update(f"{len(index)}:".encode())
        digest.update(index.to(torch.int64).cpu().numpy().tobytes())
    return digest.hexdigest()[:_LENGTH]


def images_hash(images: Images) -> str:
    """Short hash of images and their labels, in their order."""
    digest = hashlib.sha256(b"".join(images.digests))
    digest.update(images.labels.numpy().tobytes())
    return digest.hexdigest()[:_LENGTH]


def describe(dataset: Dataset, train_index: Tensor, val_index: Tensor, test: Images) -> dict[str, Any]:
    """Sizes, classes and hashes of what a run learns from, validates on and is tested on.

    `test_images_in_train` counts the test images whose exact pixels are among the training part's (validation
    included), `test_groups_in_train` the groups that both have (null without groups): both rule out leakage. What
    `find_copies` names, and what is known of the files, follows where there is any.

    Args:
        dataset: the data set.
        train_index: the images to learn from, int64 [n].
        val_index: those to validate on, int64 [m].
        test: the test part.
    """
    groups_in_both = None
    if dataset.train.groups is not None and test.groups is not None:
        groups_in_both = len(set(dataset.train.groups) & set(test.groups))
    labels = dataset.train.labels[train_index.cpu()]
    counts = labels.sum(dim=0) if dataset.multilabel else torch.bincount(labels, minlength=len(dataset.classes))
    return {
        "label": dataset.label,
        "num_classes": len(dataset.classes),
        "classes": list(dataset.classes),
        "n_train": len(train_index),
        "n_val": len(val_index),
        "n_test": len(test),
        **({"targets": MULTILABEL} if dataset.multilabel else {}),
        "class_counts": counts.tolist(),
        "split_hash": split_hash(train_index, val_index),
        "test_hash": images_hash(test),
        "test_groups_in_train": groups_in_both,
        **find_copies(dataset.train, test),
        **dataset.about,
    }


LISTED = 10


def find_copies(train: Images, test: Images) -> dict[str, Any]:
    """Which images occur more than once, from the hashes of their pixels.

    `test_images_in_train` counts the test images that the training part has too. Where there are any, `shared` names
    them, `repeated` counts the images of each part that an earlier one of it equals, and `conflicts` counts and names
    the images whose pixels have another label elsewhere. Names are given for ten of a kind.
    """
    first: dict[bytes, int] = {}
    for position, digest in enumerate(train.digests):
        first.setdefault(digest, position)
    shared = [position for position, digest in enumerate(test.digests) if digest in first]
    parts = {"train": train, "test": test}
    repeated = {part: len(images) - len(set(images.digests)) for part, images in parts.items()}
    found: dict[str, Any] = {"test_images_in_train": len(shared)}
    if shared:
        found["shared"] = [
            f"{_name(test, position)} = {_name(train, first[test.digests[position]])}" for position in shared[:LISTED]
        ]
    if any(repeated.values()):
        found["repeated"] = repeated
    conflicts = _conflicts(parts) if len(found) > 1 else []
    if conflicts:
        found["conflicts"] = {"count": len(conflicts), "images": conflicts[:LISTED]}
    return found


def _conflicts(parts: dict[str, Images]) -> list[str]:
    labels: dict[bytes, set[int | tuple[int, ...]]] = {}
    for images in parts.values():
        for digest, label in zip(images.digests, images.labels.tolist(), strict=True):
            labels.setdefault(digest, set()).add(tuple(label) if isinstance(label, list) else label)
    return [
        f"{part}: {_name(images, position)}"
        for part, images in parts.items()
        for position, digest in enumerate(images.digests)
        if len(labels[digest]) > 1
    ]


def _name(images: Images, position: int) -> str:
    return str(position) if images.names is None else images.names[position]
