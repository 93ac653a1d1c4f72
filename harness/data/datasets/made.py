"""Synthetic images: seeded drawings of figures, of a source task to pretrain on and target tasks to transfer to."""

from __future__ import annotations

import torch
from PIL import Image

from harness.data.datasets._figures import figure, render
from harness.data.images import Samples, Source
from harness.spec.errors import RequestError
from harness.spec.spec import Data
from harness.spec.streams import derive

CLASSES = {"source": 50, "target": 10}
TRAIN = {"source": 16_000, "target": 1_000}
TEST = {"source": 2_000, "target": 1_000}
MOST_CLASSES = 100
_BLOCK = 25


def _block(domain: str, part: str, label: int, block: int, size: int, count: int) -> torch.Tensor:
    """The first images of a block; each block has a generator of its own, so that more images extend fewer."""
    seed = derive("made", domain, part, str(label), str(block))
    return render(figure(domain, label), _BLOCK, size, torch.Generator().manual_seed(seed))[:count]


def _samples(domain: str, part: str, classes: int, total: int, size: int) -> Samples:
    pixels: list[torch.Tensor] = []
    labels: list[int] = []
    for label in range(classes):
        count = total // classes + (label < total % classes)
        labels += [label] * count
        for block, start in enumerate(range(0, count, _BLOCK)):
            pixels.append(_block(domain, part, label, block, size, min(_BLOCK, count - start)))
    drawn = torch.cat(pixels).permute(0, 2, 3, 1).contiguous().numpy()
    names = [f"{domain} {part} {number}" for number in range(len(labels))]
    return Samples(names, labels, lambda position: Image.fromarray(drawn[position]))


def made(spec: Data) -> Source:
    """Figures drawn at `spec.size`, equally many of each class, in the classes of `spec.domain`.

    Source and target classes are different draws from one family of figures, so that what is learnt on the one helps
    on the other. `source` has 50 classes, 16,000 training and 2,000 test images, `target` 10, 1,000 and 1,000;
    `spec.classes` takes up to 100 instead, `spec.samples` any number. Drawn at its size, it is not interpolated.

    Raises:
        RequestError: more than 100 classes, or fewer images than classes.
    """
    wrong = faults(spec)
    if wrong:
        raise RequestError(wrong)
    classes = spec.classes or CLASSES[spec.domain]
    names = tuple(f"{spec.domain}-{label:02d}" for label in range(classes))
    train = _samples(spec.domain, "train", classes, spec.samples or TRAIN[spec.domain], spec.size)

    def test() -> Samples:
        return _samples(spec.domain, "test", classes, TEST[spec.domain], spec.size)

    return Source(spec.label or spec.name, names, train, test)


def faults(spec: Data) -> list[str]:
    """Whether as many classes can be made, and whether each gets an image."""
    classes = spec.classes or CLASSES[spec.domain]
    if classes > MOST_CLASSES:
        return [f"data.classes: {classes} asked for, but {MOST_CLASSES} is the most that data=made has"]
    if spec.samples is not None and spec.samples < classes:
        return [f"data.samples: {spec.samples} images leave some of the {classes} classes without any"]
    return []
