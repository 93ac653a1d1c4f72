"""The two sides: epochs of augmented, normalised batches on the CPU, from one and the same folder of photographs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from harness.data.load import load
from harness.model.pretrained import Preprocessing
from harness.spec.machine import Machine
from harness.spec.spec import Data, Spec, Transforms
from harness.training.batches import Batches
from harness.training.run import settle

WIDTH, HEIGHT = 500, 375
QUALITY = 90
_OCTAVES = (4, 16, 64, 256, 500)


def write_photographs(folder: Path, count: int) -> Path:
    """An ImageFolder of two classes with `count` JPEGs of 500 × 375 pixels in train/ and two in val/.

    Detail falls with its frequency as in photographs, so that they take a photograph's time to decode.
    """
    for part, number in (("train", count), ("val", 2)):
        for position in range(number):
            place = folder / part / f"class{position % 2}"
            place.mkdir(parents=True, exist_ok=True)
            _photograph(position).save(place / f"{position:05d}.jpg", quality=QUALITY)
    return folder


def _photograph(seed: int) -> Image.Image:
    random = np.random.default_rng(seed)
    total = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    for octave in _OCTAVES:
        grid = random.integers(0, 256, (octave * 3 // 4 + 1, octave + 1, 3), np.uint8)
        layer = Image.fromarray(grid).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
        total += (np.asarray(layer, np.float32) - 127.5) / octave**0.5
    return Image.fromarray((127.5 + total).clip(0, 255).astype(np.uint8))


BATCH = 64
PREPARED = Preprocessing((0.485, 0.456, 0.406), (0.229, 0.224, 0.225), "bilinear")

Epoch = Callable[[], Iterator[Tensor]]


def harness_side(folder: Path, size: int, cache: Path) -> Epoch:
    """Random resized crops and flips by this package."""
    machine = Machine(device="cpu", cache=str(cache))
    settle(machine)
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
