"""PCAM's HDF5 files, held open: torchvision opens two files anew for every image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PIL import Image


def is_hdf5(dataset: Any) -> bool:
    """Whether a data set reads its images from an HDF5 file, as PCAM does."""
    return hasattr(dataset, "h5py")


def _file(dataset: Any, kind: str) -> Any:
    name = dataset._FILES[dataset._split][kind][0]
    return dataset.h5py.File(dataset._base_folder / name, "r")


def labels(dataset: Any) -> list[int]:
    """All labels at once."""
    with _file(dataset, "targets") as file:
        return [int(label) for label in file["y"][:].reshape(-1)]


def opener(dataset: Any) -> Callable[[int], Image.Image]:
    """Opens the i-th image; threads may share it, since h5py serialises its calls."""
    images = _file(dataset, "images")["x"]
    return lambda index: Image.fromarray(images[index])
