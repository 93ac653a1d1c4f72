"""Digits as images of several labels: even, prime, drawn with a loop; in the forms that data sets of this kind have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from sklearn.datasets import load_digits

LABELS = ("even", "prime", "loop")
MEMBERS = ((0, 2, 4, 6, 8), (2, 3, 5, 7), (0, 6, 8, 9))


def labels(digits: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Rows of 0 and 1, [N, 3], of digits [N]."""
    return np.stack([np.isin(digits, members) for members in MEMBERS], axis=1).astype(np.int64)


def drawn(count: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """The first digits, uint8 [N, 8, 8], and their rows of labels."""
    content = load_digits()
    return np.round(content.images[:count] * (255 / 16)).astype(np.uint8), labels(content.target[:count])


def table(folder: Path, count: int = 120, *, order: tuple[int, ...] = (0, 1, 2), split: bool = False) -> Path:
    """A folder with `labels.csv` and an image a row, three images a patient.

    `order` is that of the label columns; no patient is in two parts.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pixels, rows = drawn(count)
    header = ["file", *(LABELS[at] for at in order), "patient", *(["split"] if split else [])]
    lines = [",".join(header)]
    for number, (image, row) in enumerate(zip(pixels, rows, strict=True)):
        Image.fromarray(image).save(folder / f"{number:03d}.png")
        patient = number // 3
        part = ["train" if patient % 4 else "val" if patient % 8 else "test"] if split else []
        lines.append(",".join([f"{number:03d}.png", *(str(row[at]) for at in order), f"p{patient}", *part]))
    (folder / "labels.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def chestmnist(file: Path, columns: int = 14, count: int = 60) -> Path:
    """MedMNIST's published form of several findings: images [N, 28, 28] and labels [N, 14] of three parts."""
    random = np.random.RandomState(0)
    arrays = {}
    for part, size in (("train", count), ("val", count // 2), ("test", count // 2)):
        arrays[f"{part}_images"] = random.randint(0, 256, (size, 28, 28)).astype(np.uint8)
        arrays[f"{part}_labels"] = (random.random_sample((size, columns)) < 0.4).astype(np.uint8)
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    return file
