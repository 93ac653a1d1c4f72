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
from harness.spec.spec import Data

PUBLISHED = "https://zenodo.org/records/10519652/files"
"""MedMNIST+ (Yang et al., 2023), sizes 28, 64, 128 and 224; the file of size 28 has no size in its name."""

SPLITS = ("train", "val", "test")


def medmnist(spec: Data) -> Source:
    """A set by the name of its file, `data.set=pathmnist_64`, below `data.root`, or any such file, `data.path`.

    Learnt from is the official training part and tested on the official test part; `data.train_split=train+val` adds
    the official validation part, which is left aside otherwise. Classes have their published names where the package
    `medmnist` is installed, else their numbers. The file is read without unpickling anything.

    Raises:
        RequestError: the file is missing or broken, holds volumes, or images with several labels.
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
    images, labels = (np.concatenate([_array(file, name, kind) for name in learnt]) for kind in ("images", "labels"))
    names = [f"{name} {index}" for name in learnt for index in range(len(_array(file, name, "labels")))]
    stamp = f"{spec.fingerprint}/{'+'.join(learnt)}"

    def test() -> Samples:
        answers = _array(file, tested, "labels")
        numbered = [f"{tested} {index}" for index in range(len(answers))]
        return _samples(_array(file, tested, "images"), answers, numbered, f"{spec.fingerprint}/{tested}")

    highest = max(int(_array(file, name, "labels").max(initial=0)) for name in (*learnt, tested))
    classes = _classes(file) or tuple(str(number) for number in range(highest + 1))
    return Source(
        spec.label or file.stem,
        classes,
        _samples(images, labels, names, stamp),
        test,
        {"train": "+".join(learnt), "test": tested},
    )


def identify(spec: Data) -> str:
    """Fingerprint of the set's file."""
    return fingerprint_large([(f"{spec.set}.npz", _file(spec))])


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
            return _one_label(array, file)
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


def _one_label(labels: npt.NDArray[Any], file: Path) -> npt.NDArray[Any]:
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        raise RequestError(
            f"data.path: an image of {file.name} has {labels.shape[-1]} labels; a set with one label an image is needed"
        )
    if not np.issubdtype(labels.dtype, np.integer):
        raise RequestError(f"data.path: the labels of {file.name} are of type {labels.dtype}; whole numbers are needed")
    return labels.astype(np.int64)


def _samples(images: npt.NDArray[Any], labels: npt.NDArray[Any], names: list[str], stamp: str) -> Samples:
    return Samples(names, labels.tolist(), lambda position: Image.fromarray(images[position]), stamp=stamp)
