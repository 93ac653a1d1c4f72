"""MedMNIST's own classes: what they give is checked, and is what `data=medmnist` reads from the same file.

With the package (3.0.2) where it is installed, and with a stand-in of its published interface everywhere.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

from harness.data.load import load
from harness.diagnose.audit import check
from harness.spec.spec import Data

from . import published

COUNTS = {"train": 12, "val": 6, "test": 6}
NAMES = {"pneumoniamnist": "PneumoniaMNIST", "retinamnist": "RetinaMNIST", "chestmnist": "ChestMNIST"}
PREPARED = v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.5], [0.5])])


class StandIn(Dataset[tuple[Any, np.ndarray]]):
    """`medmnist.dataset.MedMNIST2D` by its published interface: a PIL image, and labels [1] or [14] of type int."""

    def __init__(
        self, flag: str, split: str, transform: Any = None, as_rgb: bool = False, root: str = "", size: int = 28
    ) -> None:
        with np.load(Path(root) / f"{flag}{'' if size == 28 else f'_{size}'}.npz") as file:
            self.imgs, self.labels = file[f"{split}_images"], file[f"{split}_labels"]
        self._transform, self._as_rgb = transform, as_rgb

    def __len__(self) -> int:
        return len(self.imgs)

    def __getitem__(self, index: int) -> tuple[Any, np.ndarray]:
        image, target = Image.fromarray(self.imgs[index]), self.labels[index].astype(int)
        image = image.convert("RGB") if self._as_rgb else image
        return image if self._transform is None else self._transform(image), target


Made = Callable[..., Dataset[Any]]


@pytest.fixture(params=["stand-in", "package"])
def made(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Made:
    if request.param == "stand-in":
        return StandIn
    package = pytest.importorskip("medmnist")
    information = importlib.import_module("medmnist.info").INFO

    def own(flag: str, split: str, **options: Any) -> Dataset[Any]:
        monkeypatch.setitem(information[flag], "n_samples", COUNTS)
        found: Dataset[Any] = getattr(package, NAMES[flag])(split=split, **options)
        return found

    return own


def labels(flag: str, count: int) -> np.ndarray:
    if flag == "chestmnist":
        return ((np.arange(count)[:, None] + np.arange(14)) % 3 == 0).astype(np.uint8)
    return (np.arange(count)[:, None] % (5 if flag == "retinamnist" else 2)).astype(np.uint8)


def written(root: Path, flag: str, size: int) -> Path:
    named = {f"{part}_labels": labels(flag, count) for part, count in COUNTS.items()}
    name = flag if size == 28 else f"{flag}_{size}"
    return published.medmnist(root / f"{name}.npz", size, flag == "retinamnist", **named)


@pytest.mark.parametrize(("flag", "size"), [("pneumoniamnist", 28), ("retinamnist", 64), ("chestmnist", 28)])
def test_what_the_classes_give_is_what_the_file_gives(made: Made, flag: str, size: int, tmp_path: Path) -> None:
    file = written(tmp_path, flag, size)
    read = load(Data.model_validate({"name": "medmnist", "path": file, "size": size}))
    own = made(flag, "train", as_rgb=True, root=str(tmp_path), size=size)
    for place in range(COUNTS["train"]):
        image, target = own[place]
        assert (np.asarray(image).transpose(2, 0, 1) == read.train.pixels[place].numpy()).all()
        assert np.atleast_1d(read.train.labels[place].numpy()).tolist() == target.tolist()


@pytest.mark.parametrize("loader", [False, True], ids=["data set", "loader"])
@pytest.mark.parametrize(
    ("flag", "outputs", "measured"),
    [("pneumoniamnist", 2, "ln(classes)"), ("retinamnist", 5, "ln(classes)"), ("chestmnist", 14, "ln(2)")],
)
def test_the_classes_are_checked_as_they_are(
    made: Made, flag: str, outputs: int, measured: str, loader: bool, tmp_path: Path
) -> None:
    written(tmp_path, flag, 64)
    images: Any = made(flag, "train", transform=PREPARED, as_rgb=True, root=str(tmp_path), size=64)
    model = timm.create_model("test_resnet", num_classes=outputs)
    report = check(model, images=DataLoader(images, 6) if loader else images, weights=False)
    assert measured in report.measured
    assert "output-width" not in {each.id for each in report.findings}
