"""Images and labels in whatever form a user has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, IterableDataset, SequentialSampler, default_collate

from harness.spec.errors import RequestError

MOST_IMAGES = 64
IMAGES = ("pixel_values", "images", "image", "img", "x")
LABELS = ("labels", "label", "targets", "target", "y")


@dataclass(frozen=True)
class Batch:
    """Images [N, C, H, W] as the model gets them, their labels where they came along, and the size of the data.

    `samples` and `steps_per_epoch` are None where they are not known.
    """

    images: Tensor | None
    labels: Any = None
    samples: int | None = None
    steps_per_epoch: int | None = None


def read_images(images: Any, preprocessing: Any) -> Batch:
    """A batch from a tensor or array (all of it), or up to 64 images of a data set, a loader, or batches one by one.

    A data set's images are taken evenly over its whole length, as many are sorted by class; so are those of a loader
    that does not shuffle. Another loader is asked for its first batches; its generator is put back afterwards.

    Raises:
        RequestError: the images are none, or are PIL images without a transform.
    """
    if images is None or isinstance(images, Tensor):
        return Batch(images, samples=None if images is None else len(images))
    if isinstance(images, DataLoader):
        return _of_loader(images, preprocessing)
    if isinstance(images, Dataset) or (hasattr(images, "__getitem__") and hasattr(images, "features")):
        return _of_dataset(images, default_collate, preprocessing)
    if hasattr(images, "__array__") or isinstance(images, list | tuple):
        try:
            stacked = torch.stack(list(images)) if _tensors(images) else torch.as_tensor(images)
        except (TypeError, ValueError, RuntimeError) as error:
            raise RequestError(f"images: no batch can be made of a {type(images).__name__}: {error}") from None
        return Batch(stacked, samples=len(stacked))
    if isinstance(images, Iterable) and not isinstance(images, str | Mapping):
        some, labels = _first_batches(images)
        return Batch(some, labels, steps_per_epoch=_length(images))
    raise RequestError(f"images: needs a tensor [N, C, H, W], a data set or a DataLoader, got {type(images).__name__}")


def _tensors(images: Any) -> bool:
    return isinstance(images, list | tuple) and all(isinstance(each, Tensor) for each in images)


def _of_loader(loader: DataLoader[Any], preprocessing: Any) -> Batch:
    dataset = loader.dataset
    sized = not isinstance(dataset, IterableDataset) and hasattr(dataset, "__len__")
    steps = _length(loader)
    if sized and isinstance(loader.sampler, SequentialSampler) and loader.batch_sampler is not None:
        found = _of_dataset(dataset, loader.collate_fn, preprocessing)
        return Batch(found.images, found.labels, found.samples, steps)
    generator = loader.generator
    state = None if generator is None else generator.get_state()
    try:
        images, labels = _first_batches(loader)
    finally:
        if generator is not None and state is not None:
            generator.set_state(state)
    samples = len(dataset) if sized else None  # type: ignore[arg-type]
    return Batch(images, labels, samples, steps)


def _length(loader: Any) -> int | None:
    try:
        return len(loader)
    except TypeError:
        return None


def _first_batches(batches: Iterable[Any]) -> tuple[Tensor, Any]:
    """As many batches as hold 64 images, joined; their labels where all have some."""
    images, labels, count = [], [], 0
    for batch in batches:
        some, theirs = _parted(batch)
        images.append(some)
        labels.append(theirs)
        count += len(some)
        if count >= MOST_IMAGES:
            break
    if not images:
        raise RequestError("images: the loader gives no batches")
    return torch.cat(images), _joined(labels)


def _of_dataset(dataset: Any, collate: Callable[[list[Any]], Any], preprocessing: Any) -> Batch:
    if isinstance(dataset, IterableDataset):
        rows = list(islice(dataset, MOST_IMAGES))
        samples = None
    else:
        samples = len(dataset)
        taken = min(samples, MOST_IMAGES)
        rows = [dataset[(index * samples) // taken] for index in range(taken)]
    if not rows:
        raise RequestError("images: the data set is empty")
    images, labels = _parted(collate([_transformed(row, preprocessing) for row in rows]))
    return Batch(images, labels, samples)


def _transformed(row: Any, preprocessing: Any) -> Any:
    """A row with its PIL image sent through the preprocessing."""

    def transform(value: Any) -> Any:
        if not (hasattr(value, "convert") and hasattr(value, "getbands")):
            return value
        if not callable(preprocessing):
            raise RequestError(
                "images: the data set gives PIL images; give it a transform, or its transform as preprocessing="
            )
        return preprocessing(value)

    if isinstance(row, Mapping):
        return {key: transform(value) for key, value in row.items() if key in (*IMAGES, *LABELS)}
    if isinstance(row, tuple | list):
        return tuple(transform(value) for value in row)
    return transform(row)


def _parted(batch: Any) -> tuple[Tensor, Any]:
    """Images and labels of one batch: a pair, a mapping, or images alone."""
    if isinstance(batch, Mapping):
        images = next((batch[key] for key in IMAGES if key in batch), None)
        labels = next((batch[key] for key in LABELS if key in batch), None)
    elif isinstance(batch, tuple | list) and batch:
        images, labels = batch[0], batch[1] if len(batch) > 1 else None
    else:
        images, labels = batch, None
    if not isinstance(images, Tensor):
        keys = f" with the keys {', '.join(map(str, batch))}" if isinstance(batch, Mapping) else ""
        raise RequestError(f"images: found no tensor of images in a batch of {type(batch).__name__}{keys}")
    return images, labels


def _joined(labels: list[Any]) -> Any:
    if any(each is None for each in labels):
        return None
    return torch.cat([torch.as_tensor(each) for each in labels])


IGNORED = -100  # torch's cross-entropy leaves images out whose label is this, unless told another number
TOLERANCE = 1e-3  # of a row's sum: float16


def read_labels(labels: Any, multilabel: bool = False) -> Tensor:
    """Class numbers, int64 [N], from a tensor, array, list or table column of them, of any integer or float type.

    [N, 1] is flattened, but under `multilabel` it is one label that is there or not. Rows of [N, classes] that sum to 1
    are one-hot or soft labels (mixup): the largest counts. Other rows of 0 and 1, and all under `multilabel`, are
    several labels an image, and stay rows: int64 [N, L].

    Raises:
        RequestError: names instead of numbers, fractions, or another shape.
    """
    given = _tensor(labels)
    if given.is_complex() or given.ndim == 0:
        raise RequestError(f"labels: needs one class number for each image, got the shape {tuple(given.shape)}")
    if given.ndim > 1 and given.numel() == len(given) and not (multilabel and given.ndim == 2):
        given = given.reshape(len(given))
    if given.ndim == 2:
        return _rows(given, multilabel)
    if multilabel:
        raise RequestError(f"labels: several labels an image are rows [N, L], got the shape {tuple(given.shape)}")
    if given.ndim > 2:
        raise RequestError(f"labels: needs [N] or [N, classes], got the shape {tuple(given.shape)}")
    if given.is_floating_point() and not bool((given == given.round()).all()):
        raise RequestError("labels: the values are fractions; class numbers 0, 1, 2, ... are needed")
    return given.long()


def _tensor(labels: Any) -> Tensor:
    if isinstance(labels, Tensor):
        return labels.detach()
    if hasattr(labels, "to_numpy"):
        labels = labels.to_numpy()
    try:
        return torch.as_tensor(labels)
    except (TypeError, ValueError, RuntimeError):
        first = next(iter(labels), None) if hasattr(labels, "__iter__") else labels
        raise RequestError(
            f"labels: needs class numbers 0, 1, 2, ..., got {type(labels).__name__} of {type(first).__name__} "
            f"({str(first)[:40]!r})"
        ) from None


def _rows(rows: Tensor, multilabel: bool) -> Tensor:
    values = rows.double()
    one = not bool(((values.sum(dim=1) - 1).abs() > TOLERANCE).any()) and not bool((values < 0).any())
    if one and not multilabel:
        return values.argmax(dim=1)
    if bool(((values != 0) & (values != 1)).any()):
        raise RequestError(
            f"labels: rows of {tuple(rows.shape)} neither sum to 1 (one class an image) nor hold 0 and 1 alone "
            "(several labels an image)"
        )
    return values.long()


def starts_at_one(labels: Tensor, classes: int) -> bool:
    """Whether class numbers run from 1 to the number of classes."""
    return bool(len(labels)) and int(labels.min()) == 1 and int(labels.max()) == classes
