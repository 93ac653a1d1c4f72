"""What an opened torchvision data set holds: class names, labels, images."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from harness.spec.errors import RequestError
from harness.spec.fingerprint import fingerprint_large

_LABELS = ("targets", "labels", "_labels", "y")
_PAIRS = ("samples", "_samples", "imgs", "index")
_FILES = ("_image_files", "_images", *_PAIRS)
_SPREAD = 256


@dataclass(frozen=True, eq=False)
class Content:
    """One split: labels (None where the makers keep them), names, and how to open an image; `digest` hashes it all."""

    labels: list[int] | None
    names: list[str]
    open: Callable[[int], Image.Image]
    encoded: bool
    digest: str


def read_content(dataset: Any, root: Path, part: str) -> Content:
    """A split's labels and images; those that lie in files of their own are ordered by the files' names.

    Raises:
        RequestError: an image has not one class but several, a box, a text.
    """
    labels, files = _labels(dataset), _files(dataset)
    if files is not None:
        names = [file.relative_to(root).as_posix() if file.is_relative_to(root) else file.name for file in files]
        order = sorted(range(len(names)), key=names.__getitem__)
        names, files = [names[index] for index in order], [files[index] for index in order]
        labels = None if labels is None else [labels[index] for index in order]
        digest = fingerprint_large(list(zip(names, files, strict=True)))
        return Content(labels, names, _opener(files), True, _digest(labels, digest.encode()))
    names = [f"{type(dataset).__name__} {part} {number}" for number in range(len(dataset))]
    held = _is_hdf5(dataset)
    opener = _hdf5_opener(dataset) if held else lambda index: dataset[index][0]
    data = getattr(dataset, "data", None)
    if data is not None and not isinstance(data, list):
        return Content(labels, names, opener, False, _digest(labels, np.ascontiguousarray(data).tobytes()))
    spread = np.unique(np.linspace(0, len(names) - 1, min(_SPREAD, len(names)), dtype=int)).tolist() if names else []
    pixels = b"".join(opener(index).tobytes() for index in spread)
    return Content(labels, names, opener, not held, _digest(labels, pixels))


def class_names(dataset: Any, labels: Sequence[int]) -> tuple[str, ...]:
    """The names that the set gives its classes, the first where it gives several; their numbers if it gives none."""
    names = getattr(dataset, "classes", None) or getattr(dataset, "categories", None)
    if names is None and isinstance(getattr(dataset, "class_to_idx", None), dict):
        names = sorted(dataset.class_to_idx, key=dataset.class_to_idx.get)
    if not names:
        return tuple(str(number) for number in range(max(labels, default=-1) + 1))
    plain = [name if isinstance(name, str) else str(name[0]) for name in names]
    return tuple(name if plain.count(name) == 1 else f"{name} ({number})" for number, name in enumerate(plain))


def _opener(files: list[Path]) -> Callable[[int], Image.Image]:
    return lambda index: Image.open(files[index])


def _digest(labels: list[int] | None, content: bytes) -> str:
    return hashlib.sha256(repr(labels).encode() + content).hexdigest()[:16]


def _files(dataset: Any) -> list[Path] | None:
    for name in _FILES:
        entries = getattr(dataset, name, None)
        if isinstance(entries, list) and entries:
            paths = [entry[0] if isinstance(entry, tuple) else entry for entry in entries]
            if all(isinstance(path, str | Path) for path in paths):
                return [Path(path) for path in paths]
    return None


def _labels(dataset: Any) -> list[int] | None:
    """Labels without decoding the images where the class holds them; each candidate must agree with an item of it."""
    if not len(dataset):
        return []
    first = dataset[0][1]
    if first is None or (_is_class(first) and int(first) < 0):
        return None
    if not _is_class(first):
        raise RequestError(
            f"data.set: an image of {type(dataset).__name__} has not one class but {_kind(first)}; "
            "a set with one label an image is needed"
        )
    candidates = [_hdf5_labels(dataset)] if _is_hdf5(dataset) else list(_held(dataset))
    for labels in candidates:
        if len(labels) == len(dataset) and labels[0] == int(first):
            return labels
    return [int(dataset[index][1]) for index in range(len(dataset))]


def _held(dataset: Any) -> Any:
    for name in _LABELS:
        values: Any = getattr(dataset, name, None)
        values = values.tolist() if hasattr(values, "tolist") else values
        if isinstance(values, list) and all(_is_class(value) for value in values):
            yield [int(value) for value in values]
    for name in _PAIRS:
        pairs = getattr(dataset, name, None)
        if isinstance(pairs, list) and all(isinstance(pair, tuple) for pair in pairs):
            found = [[int(entry) for entry in pair if _is_class(entry)] for pair in pairs]
            if all(len(numbers) == 1 for numbers in found):
                yield [numbers[0] for numbers in found]


def _is_class(value: Any) -> bool:
    integral = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return integral or (getattr(value, "ndim", None) == 0 and not getattr(value, "is_floating_point", bool)())


def _kind(value: Any) -> str:
    if hasattr(value, "shape"):
        return f"{int(np.prod(value.shape))} labels"
    return f"a {type(value).__name__}"


def _is_hdf5(dataset: Any) -> bool:
    """Whether a data set reads its images from an HDF5 file, as PCAM does."""
    return hasattr(dataset, "h5py")


def _hdf5_file(dataset: Any, kind: str) -> Any:
    name = dataset._FILES[dataset._split][kind][0]
    return dataset.h5py.File(dataset._base_folder / name, "r")


def _hdf5_labels(dataset: Any) -> list[int]:
    """All labels at once."""
    with _hdf5_file(dataset, "targets") as file:
        return [int(label) for label in file["y"][:].reshape(-1)]


def _hdf5_opener(dataset: Any) -> Callable[[int], Image.Image]:
    """Opens the i-th image; threads may share it, since h5py serialises its calls."""
    images = _hdf5_file(dataset, "images")["x"]
    return lambda index: Image.fromarray(images[index])
