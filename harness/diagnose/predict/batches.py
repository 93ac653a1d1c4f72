"""The few batches of images that a prediction looks at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from harness.data.load import load
from harness.data.split import split
from harness.model.preprocessing import Preprocessing
from harness.spec.spec import Data, Spec
from harness.spec.streams import stream
from harness.training.batches import Normalise, unit_range
from harness.training.hybrids.build import image_preprocessing


@dataclass(frozen=True, eq=False)
class RehearsalBatches:
    """Normalised images [N, 3, S, S] of the training part and their labels [N]; the planned run learns from
    `train_size` such images."""

    images: Tensor
    labels: Tensor
    train_size: int


def few_batches(spec: Spec, most: int) -> RehearsalBatches:
    """At most so many images of a run's training part, drawn by its seed; the test part is not read."""
    how = image_preprocessing(spec)
    return _few(spec.data, how, stream(spec, "split"), stream(spec, "order"), most)


def count_classes(spec: Spec) -> int:
    """The number of classes of a run's data set."""
    how = image_preprocessing(spec)
    return len(load(spec.data, how.interpolation, crop=how.crop).classes)


@lru_cache(maxsize=2)
def _few(data: Data, how: Preprocessing, split_seed: int, order_seed: int, most: int) -> RehearsalBatches:
    dataset = load(data, how.interpolation, crop=how.crop)
    train, _ = split(dataset.train, data.val_fraction, split_seed)
    order = torch.Generator().manual_seed(order_seed)
    chosen = torch.randperm(len(dataset.train), generator=order)[:most]
    images = Normalise(how, torch.device("cpu"))(unit_range(dataset.train.pixels[chosen])).contiguous()
    return RehearsalBatches(images, dataset.train.labels[chosen], len(train))
