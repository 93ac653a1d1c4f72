"""MedMNIST's two-dimensional sets, from their .npz files: pneumoniamnist, bloodmnist_224, ..."""

from __future__ import annotations

import importlib
import re
import zipfile
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from harness.data.downloads import fetch, root_folder
from harness.data.images import Samples, Source
from harness.spec.errors import RequestError
from harness.spec.fingerprint import fingerprint_large
from harness.spec.paths import NAME
from harness.spec.spec import MULTILABEL, Data

PUBLISHED = "https://zenodo.org/records/10519652/files"
"""MedMNIST+ (Yang et al., 2023), sizes 28, 64, 128 and 224; the file of size 28 has no size in its name."""

SPLITS = ("train", "val", "test")


def medmnist(spec: Data) -> Source:
    """A set by the name of its file, `data.set=pathmnist_64`, below `data.root`, or any such file, `data.path`.

    Learnt from is the official training part and tested on the official test part; `data.train_split=train+val` adds
    the official validation part, which is left aside otherwise. Labels are stored as [N, 1], one class an image (so are
    the grades of an ordinal set), or as [N, L] of 0 and 1, several labels an image (chestmnist). Classes and labels
    have their published names where the package `medmnist` is installed, else their numbers. The file is read without
    unpickling anything.

    Raises:
        RequestError: the file is missing or broken, holds volumes, or labels of another form.
    """
    file = _file(spec)
    learnt = (spec.train_split or "train").split("+")
    tested = spec.test_split or "test"
    for key, names in (("train_split", learnt), ("test_split", [tested])):
        unknown = sorted(set(names) - set(SPLITS))
        if unknown:
            raise RequestError(f"data.{key}: there is no '{unknown[0]}'; one of: {', '.join(SPLITS)}")
    if tested in learnt:
        raise RequestError(f"data.test_split: {tested} is learnt from already")
    parts = {name: (_array(file, name, "images"), _array(file, name, "labels")) for name in learnt}
    _refuse_widths(file, {name: _array(file, name, "labels") for name in (*learnt, tested)})
    images, labels = (np.concatenate(arrays) for arrays in zip(*parts.values(), strict=True))
    names = [f"{name} {index}" for name, (_, answers) in parts.items() for index in range(len(answers))]
    stamp = f"{spec.fingerprint}/{'+'.join(learnt)}"

    def test() -> Samples:
        answers = _array(file, tested, "labels")
        numbered = [f"{tested} {index}" for index in range(len(answers))]
        return _samples(_array(file, tested, "images"), answers, numbered, f"{spec.fingerprint}/{tested}")

    classes = _classes(file) or _numbered([_array(file, name, "labels") for name in (*learnt, tested)])
    if labels.ndim == 2 and len(classes) != labels.shape[1]:
        raise RequestError(f"data.path: an image of {file.name} has {labels.shape[1]} labels, and {len(classes)} names")
    return Source(
        spec.label or file.stem,
        classes,
        _samples(images, labels, names, stamp),
        test,
        {"train": "+".join(learnt), "test": tested},
    )


def _refuse_widths(file: Path, labels: dict[str, npt.NDArray[Any]]) -> None:
    widths = {name: each.shape[1] if each.ndim == 2 else 1 for name, each in labels.items()}
    if len(set(widths.values())) > 1:
        said = ", ".join(f"{width} of {name}" for name, width in widths.items())
        raise RequestError(f"data.path: {file.name} has images with different numbers of labels: {said}")


def identify(spec: Data) -> str:
    """Fingerprint of the set's file."""
    return fingerprint_large([(f"{spec.set}.npz", _file(spec))])


def settle(spec: Data) -> dict[str, Any]:
    """What the file settles of a request before it is identified: `targets`."""
    try:
        several = _array(_file(spec), "train", "labels").ndim == 2
    except RequestError:  # told by whoever opens the file
        return {}
    return {"targets": MULTILABEL} if several else {}


def _file(spec: Data) -> Path:
    if spec.path is not None:
        return spec.path
    if spec.set is None:
        raise RequestError("data.set: data=medmnist needs the name of a set, or data.path for a file of your own")
    if not re.fullmatch(NAME, spec.set):
        raise RequestError(f"data.set: a set is named by letters, digits and . _ -, got '{spec.set}'; use data.path")
    file = root_folder(spec) / "medmnist" / f"{spec.set}.npz"
    if file.is_file():
        return file
    link, md5 = _published(spec.set)
    if not spec.download:
        raise RequestError(
            f"data.set: {spec.set}.npz is not in {file.parent}; data.download=true fetches it, or put it there by hand "
            f"from {link.partition('?')[0]}"
        )
    fetch(link, file, md5)
    return file


def _information(name: str) -> dict[str, Any]:
    """What the package `medmnist` knows of a set; nothing where it is not installed."""
    try:
        known: dict[str, dict[str, Any]] = importlib.import_module("medmnist.info").INFO
    except ImportError:
        return {}
    return known.get(name, {})


def _published(name: str) -> tuple[str, str | None]:
    """Address and MD5 of a set's file; the MD5 is the package's to know."""
    flag, _, size = name.partition("_")
    known = _information(flag)
    ending = f"_{size}" if size else ""
    return known.get(f"url{ending}", f"{PUBLISHED}/{name}.npz"), known.get(f"MD5{ending}")


def _classes(file: Path) -> tuple[str, ...]:
    names = _information(file.stem.partition("_")[0]).get("label", {})
    return tuple(names[number] for number in sorted(names, key=int))


def _numbered(parts: list[npt.NDArray[Any]]) -> tuple[str, ...]:
    """The classes that occur in any part, or the labels of each image, by their numbers."""
    if parts[0].ndim == 2:
        return tuple(map(str, range(parts[0].shape[1])))
    return tuple(map(str, range(max(int(part.max(initial=0)) for part in parts) + 1)))


@lru_cache(maxsize=6)
def _read(file: Path, modified: int, key: str) -> npt.NDArray[Any]:
    with np.load(file, allow_pickle=False) as arrays:
        found: npt.NDArray[Any] = arrays[key]
    return found


def _array(file: Path, split: str, kind: str) -> npt.NDArray[Any]:
    key = f"{split}_{kind}"
    try:
        array = _read(file, file.stat().st_mtime_ns, key)
        if kind == "labels":
            return _labels(array, file)
    except KeyError:
        raise RequestError(f"data.path: {file.name} has no '{key}'; it is not a MedMNIST file") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise RequestError(f"data.path: {file.name} cannot be read ({error}); fetch it again") from None
    if array.dtype != np.uint8 or array.ndim not in (3, 4) or (array.ndim == 4 and array.shape[3] != 3):
        raise RequestError(
            f"data.path: {key} of {file.name} has shape {array.shape} and type {array.dtype}; two-dimensional images, "
            "uint8 [N, S, S] or [N, S, S, 3], are needed"
        )
    if len(array) != len(_array(file, split, "labels")):
        raise RequestError(f"data.path: {file.name} has {len(array)} {split} images, but another number of labels")
    return array


def _labels(labels: npt.NDArray[Any], file: Path) -> npt.NDArray[Any]:
    """int64 [N] of [N, 1], or [N, L] of 0 and 1."""
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim not in (1, 2):
        raise RequestError(f"data.path: the labels of {file.name} have the shape {labels.shape}; [N, L] is needed")
    if not np.issubdtype(labels.dtype, np.integer):
        raise RequestError(f"data.path: the labels of {file.name} are of type {labels.dtype}; whole numbers are needed")
    labels = labels.astype(np.int64)
    if labels.ndim == 2 and not np.isin(labels, (0, 1)).all():
        odd = labels[~np.isin(labels, (0, 1))]
        raise RequestError(
            f"data.path: an image of {file.name} has {labels.shape[1]} labels, which must be 0 or 1; {len(odd)} are "
            f"not, such as {odd[0]}"
        )
    return labels


def _samples(images: npt.NDArray[Any], labels: npt.NDArray[Any], names: list[str], stamp: str) -> Samples:
    rows = labels.tolist() if labels.ndim == 1 else list(map(tuple, labels.tolist()))
    return Samples(names, rows, lambda position: Image.fromarray(images[position]), stamp=stamp)
