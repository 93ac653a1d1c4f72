"""The two sides: epochs of augmented, normalised batches on the CPU, from one and the same folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from harness.data.load import load
from harness.model.preprocessing import Preprocessing
from harness.spec.machine import Machine
from harness.spec.spec import Data, Spec, Transforms
from harness.training.batches import Batches

BATCH = 64
PREPARED = Preprocessing((0.485, 0.456, 0.406), (0.229, 0.224, 0.225), "bilinear")

Epoch = Callable[[], Iterator[Tensor]]


def harness_side(folder: Path, size: int, cache: Path) -> Epoch:
    """Random resized crops and flips by this package."""
    machine = Machine(device="cpu", cache=str(cache))
    images = load(Data(name="imagefolder", path=folder, size=size), PREPARED.interpolation, machine).train
    spec = Spec(transforms=Transforms(name="random_resized_crop"))
    take, generator = Batches(spec, PREPARED, images, torch.device("cpu")), torch.Generator().manual_seed(0)

    def epoch() -> Iterator[Tensor]:
        order = torch.randperm(len(images), generator=generator)
        return take.ahead(order.split(BATCH)[: len(images) // BATCH], generator)

    return epoch


def torchvision_side(folder: Path, size: int, workers: int, tensors_first: bool) -> Epoch:
    """The same by torchvision, as a fine-tuner writes it.

    `tensors_first` converts before the crop, as torchvision's documentation advises for speed, instead of after it.
    """
    geometry: list[Callable[..., object]] = [v2.RandomResizedCrop(size, antialias=True), v2.RandomHorizontalFlip()]
    crop = [v2.ToImage(), *geometry] if tensors_first else [*geometry, v2.ToImage()]
    scaled = [v2.ToDtype(torch.float32, scale=True), v2.Normalize(PREPARED.mean, PREPARED.std)]
    loader = DataLoader(
        ImageFolder(str(folder / "train"), v2.Compose([*crop, *scaled])),
        batch_size=BATCH,
        shuffle=True,
        drop_last=True,
        num_workers=workers,
        persistent_workers=workers > 0,
    )
    return lambda: (images for images, _ in loader)
