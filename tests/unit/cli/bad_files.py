"""A folder of files that are wrong, each in one way."""

from __future__ import annotations

import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors.torch import save_file
from torch import ones

PARTS = ("train", "val")
CLASSES = ("cat", "dog")
COUNT = 6


def _noise(seed: int, side: int = 24) -> Image.Image:
    return Image.fromarray(np.random.RandomState(seed).randint(0, 256, (side, side, 3)).astype(np.uint8))


def _folder(place: Path, change: Callable[[Path], None] | None = None) -> None:
    """Six images a class and part; `change` then breaks something."""
    seed = 0
    for part in PARTS:
        for name in CLASSES:
            (place / part / name).mkdir(parents=True)
            for index in range(COUNT):
                seed += 1
                _noise(seed).save(place / part / name / f"{index}.png")
    if change is not None:
        change(place)


def _huge_header() -> bytes:
    """A PNG of a few bytes that says it has 40,000 × 40,000 pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")
    )


def _truncated(place: Path) -> None:
    file = place / "train" / "cat" / "0.jpg"
    _noise(99, 200).save(file)
    file.write_bytes(file.read_bytes()[:4000])


def _without(place: Path, *, part: str, name: str) -> None:
    for file in (place / part / name).iterdir():
        file.unlink()
    (place / part / name).rmdir()


def _emptied(place: Path) -> None:
    for file in (place / "val" / "dog").iterdir():
        file.unlink()


def _all_broken(place: Path) -> None:
    for file in (place / "val").rglob("*.png"):
        file.write_bytes(b"no image")


def _one_class(place: Path) -> None:
    for part in PARTS:
        _without(place, part=part, name="dog")


def _wrapped(place: Path) -> None:
    (place / "archive").mkdir()
    for part in PARTS:
        (place / part).rename(place / "archive" / part)


def _nested(place: Path) -> None:
    for part in PARTS:
        (place / part).rename(place / "moved")
        (place / part).mkdir()
        (place / "moved").rename(place / part / part)


def _loose(place: Path) -> None:
    for part in PARTS:
        for number, file in enumerate((place / part).rglob("*.png")):
            file.rename(place / part / f"{number}.png")
        for name in CLASSES:
            (place / part / name).rmdir()


def _floats(place: Path) -> None:
    Image.fromarray(np.zeros((8, 8), np.float32)).save(place / "train" / "cat" / "0.tiff")


FOLDERS: dict[str, Callable[[Path], None] | None] = {
    "pets": None,
    "corrupt": lambda place: (place / "train" / "cat" / "1.png").write_bytes(b"no image") and None,
    "empty_file": lambda place: (place / "val" / "dog" / "2.png").write_bytes(b"") and None,
    "truncated": _truncated,
    "huge": lambda place: (place / "train" / "dog" / "3.png").write_bytes(_huge_header()) and None,
    "floats": _floats,
    "lost_class": lambda place: _without(place, part="val", name="dog"),
    "new_class": lambda place: (place / "val" / "owl").mkdir(),
    "empty_class": _emptied,
    "one_class": _one_class,
    "all_broken": _all_broken,
    "no_parts": lambda place: (place / "train").rename(place / "learn") and None,
    "two_names": lambda place: shutil.copytree(place / "val", place / "valid") and None,
    "other_case": lambda place: (place / "val" / "dog").rename(place / "val" / "Dog") and None,
    "wrapped": _wrapped,
    "nested": _nested,
    "loose": _loose,
}


def write(root: Path) -> None:
    """Everything that the table of wrong requests names."""
    for name, change in FOLDERS.items():
        _folder(root / name, change)
    (root / "nothing").mkdir()
    (root / "text.safetensors").write_text("no tensors")
    (root / "empty.pth").write_bytes(b"")
    save_file({"somewhere.weight": ones(3)}, root / "other.safetensors")
    good = {
        f"{part}_{kind}": values
        for part in ("train", "val", "test")
        for kind, values in (
            ("images", np.random.RandomState(len(part)).randint(0, 256, (8, 28, 28)).astype(np.uint8)),
            ("labels", (np.arange(8) % 2).astype(np.uint8)[:, None]),
        )
    }
    np.savez(root / "good.npz", **good)
    for name, changed in {
        "multilabel": {"train_labels": np.zeros((8, 14), np.uint8)},
        "volumes": {"train_images": np.zeros((8, 28, 28, 28), np.uint8)},
        "below_zero": {"train_labels": np.array([-1, 1, 0, 1, 0, 1, 0, 1])[:, None]},
        "fractions": {"train_labels": np.full((8, 1), 0.5)},
        "single": {"train_labels": np.ones((8, 1), np.uint8)},
        "unequal": {"test_labels": np.zeros((5, 1), np.uint8)},
    }.items():
        np.savez(root / f"{name}.npz", **{**good, **changed})
    np.savez(root / "others.npz", weights=np.ones(3))
    (root / "cut.npz").write_bytes((root / "good.npz").read_bytes()[:2000])
    (root / "broken_function.py").write_text("def build(:\n")
    (root / "no_function.py").write_text("build = 3\n")
