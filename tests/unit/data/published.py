"""Small sets in the formats that the published ones are distributed in."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from torchvision import datasets

CIFAR10_NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
WNIDS = sorted(datasets.Imagenette._WNID_TO_CLASS)


def pictures(count: int, side: int, seed: int = 0, colour: bool = True) -> np.ndarray:
    shape = (count, side, side, 3) if colour else (count, side, side)
    return np.random.RandomState(seed).randint(0, 256, shape).astype(np.uint8)


def cifar10(root: Path, monkeypatch: pytest.MonkeyPatch, labels: list[int] | None = None) -> dict[str, np.ndarray]:
    """Six batches of 20 images and their meta file; torchvision is told the MD5 of these files."""
    folder = root / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    labels = labels or [index % 10 for index in range(20)]
    batches = {}

    def write(name: str, content: dict[str, Any]) -> str:
        (folder / name).write_bytes(pickle.dumps(content))
        return hashlib.md5((folder / name).read_bytes()).hexdigest()

    def batch(name: str, seed: int) -> list[str]:
        batches[name] = pictures(20, 32, seed)
        rows = batches[name].transpose(0, 3, 1, 2).reshape(20, 3072)
        return [name, write(name, {"data": rows, "labels": labels})]

    train = [batch(f"data_batch_{number}", number) for number in range(1, 6)]
    monkeypatch.setattr(datasets.CIFAR10, "train_list", train)
    monkeypatch.setattr(datasets.CIFAR10, "test_list", [batch("test_batch", 6)])
    digest = write("batches.meta", {"label_names": CIFAR10_NAMES})
    monkeypatch.setattr(datasets.CIFAR10, "meta", {**datasets.CIFAR10.meta, "md5": digest})
    return batches


def imagenette(root: Path, test: list[str] | None = None) -> None:
    """Four training images and two test images of each of ten classes, as JPEG files."""
    for part, count, wnids in (("train", 4, WNIDS), ("val", 2, test or WNIDS)):
        for number, wnid in enumerate(wnids):
            folder = root / "imagenette2-320" / part / wnid
            folder.mkdir(parents=True)
            for index, pixels in enumerate(pictures(count, 40, number + 100 * count)):
                Image.fromarray(pixels).save(folder / f"{wnid}_{index}.JPEG")
                (folder / f"{wnid}_{index}.JPEG").rename(folder / f"{wnid}_{index}.jpeg")


def pcam(root: Path) -> None:
    """Eight patches and their labels in each split's two HDF5 files."""
    h5py = pytest.importorskip("h5py")
    (root / "pcam").mkdir(parents=True)
    for seed, files in enumerate(datasets.PCAM._FILES.values()):
        with h5py.File(root / "pcam" / files["images"][0], "w") as file:
            file["x"] = pictures(8, 96, seed)
        with h5py.File(root / "pcam" / files["targets"][0], "w") as file:
            file["y"] = (np.arange(8) % 2).astype(np.uint8).reshape(8, 1, 1, 1)


def medmnist(file: Path, side: int = 28, colour: bool = False, **changed: np.ndarray) -> Path:
    """12 training, 6 validation and 6 test images of two classes."""
    arrays: dict[str, np.ndarray] = {}
    for seed, (split, count) in enumerate((("train", 12), ("val", 6), ("test", 6))):
        arrays[f"{split}_images"] = pictures(count, side, seed, colour)
        arrays[f"{split}_labels"] = (np.arange(count) % 2).astype(np.uint8)[:, None]
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(file, **{**arrays, **changed})
    return file
