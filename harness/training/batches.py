"""Batches of images as a network takes them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import cached_property

import torch
from torch import Tensor

from harness.data.delivery import ahead
from harness.data.images import Images, Stored
from harness.data.resize import resized_crop
from harness.data.transforms import augmentation, rearranged
from harness.model.pretrained import Preprocessing
from harness.spec.spec import Spec, Transforms
from harness.training.learner import InputSource

IN_CACHE = 1 << 17
"""Values of 4 bytes: half a megabyte, what a core has to itself."""


class Normalise:
    """Float images in 0..1, [N, 3, S, S], to normalised ones in channels-last order: of grey the first channel alone,
    [N, 1, S, S], where the preprocessing has one."""

    def __init__(self, preprocessing: Preprocessing, device: torch.device) -> None:
        self._channels = len(preprocessing.mean)
        self._mean = torch.tensor(preprocessing.mean, device=device).view(1, -1, 1, 1)
        self._std = torch.tensor(preprocessing.std, device=device).view(1, -1, 1, 1)

    def __call__(self, unit: Tensor) -> Tensor:
        """Subtract the mean and divide by the deviation of each channel of float [N, 3, S, S], in place."""
        return unit[:, : self._channels].sub_(self._mean).div_(self._std).contiguous(memory_format=torch.channels_last)

    def stored(self, pixels: Tensor) -> Tensor:
        """The same from bytes, uint8 [N, 3, S, S].

        On a CPU part by part where channels lie last already, so that each part stays in its cache; elsewhere their
        turning costs more than that gains.
        """
        pixels = pixels[:, : self._channels]
        if not pixels.is_contiguous(memory_format=torch.channels_last):
            return self(unit_range(pixels))
        inputs = torch.empty_like(pixels, dtype=torch.float32)
        # Rows of pixels: torch is faster where mean and deviation are as long as what they meet.
        given, made = (images.permute(0, 2, 3, 1).flatten(2).flatten(0, 1) for images in (pixels, inputs))
        mean, std = (each.flatten().repeat(pixels.shape[-1]) for each in (self._mean, self._std))
        at_once = len(made) if pixels.is_cuda else max(1, IN_CACHE // max(1, made.shape[-1]))
        for part, taken in zip(made.split(at_once), given.split(at_once), strict=True):
            part.copy_(taken).div_(255).sub_(mean).div_(std)
        return inputs


def unit_range(pixels: Tensor) -> Tensor:
    """uint8 [N, 3, S, S] to float32 in 0..1."""
    return pixels.float().div_(255)


RESIDENT_FRACTION = 0.5
"""The largest fraction of a device's free memory that images may take; the rest is the training's."""


def image_batches(spec: Spec, preprocessing: Preprocessing, device: torch.device) -> Callable[[Images], InputSource]:
    """From a set of images to its batches: in 0..1, augmented as `spec.transforms` says, and normalised."""
    return lambda images: Batches(spec, preprocessing, images, device)


class Batches:
    """A set's batches: a `InputSource` that prefetches where its images do not lie on the device.

    Without augmentation, or with one that changes a whole batch on the device, pixels are the centre squares; they lie
    on the device or are copied to it from pinned memory. Crops of the stored images are made by threads in any case.
    Random numbers are drawn by one thread in the order of the batches, so that neither the place of the images nor the
    number of threads changes a pixel.

    Args:
        spec: says how training batches are augmented.
        preprocessing: that of the weights in use.
        images: the set.
        device: where batches go.
    """

    def __init__(self, spec: Spec, preprocessing: Preprocessing, images: Images, device: torch.device) -> None:
        module = importlib.import_module(f"harness.data.transforms.{spec.transforms.name}")
        self._augment = augmentation(spec.transforms)
        self._crops = getattr(module, "crops", None)
        self._spec = spec
        self._preprocessing = preprocessing
        self._normalise = Normalise(preprocessing, device)
        self._images = images
        self._device = device
        self._resident = _is_resident(images, device)
        self._pixels = images.pixels_on(device) if self._resident else images.pixels

    @property
    def pipeline(self) -> str:
        """Where the pixels of training batches come from: `resident` on the device, or `streamed`."""
        return "resident" if self._resident and self._crops is None else "streamed"

    @property
    def source(self) -> Hashable:
        """Takes that share it give the same inputs at the same indices, where nothing is drawn."""
        return self._pixels.data_ptr(), self._preprocessing, self._resident

    @property
    def transforms(self) -> Transforms:
        """How training batches are augmented."""
        return self._spec.transforms

    @property
    def draws(self) -> bool:
        """Whether training batches depend on random numbers."""
        return self._spec.transforms.name != "none" or bool(self._augment.changes)

    @property
    def gathers(self) -> bool:
        """Whether a training batch is one gather from pixels on the device, wherever each of its pixels comes from."""
        return self._resident and self._augment.sources is not None and not self._augment.changes

    def gathered(self, index: Tensor, generators: Sequence[torch.Generator]) -> Tensor:
        """The training batches of several runs by one gather, float32 [K, B, 3, S, S], from indices [K, B]; for sources
        that share source and augmentation, each run's random numbers from its own generator."""
        assert self._augment.sources is not None
        pixels = self._pixels[index.flatten()]
        one = torch.Size((index.shape[1], *pixels.shape[1:]))
        sources = torch.cat([self._augment.sources(one, generator) for generator in generators])
        inputs: Tensor = self._normalise.stored(rearranged(pixels, sources)).unflatten(0, index.shape)
        return inputs

    def __call__(self, index: Tensor, generator: torch.Generator | None) -> Tensor:
        """The inputs of one batch of indices [B]: float32 [B, 3, S, S]."""
        return next(self.ahead([index], generator))

    def ahead(self, batches: Sequence[Tensor], generator: torch.Generator | None) -> Iterator[Tensor]:
        """The inputs [B, 3, S, S] of each batch of indices [B], in order."""
        pixels = self._bytes(batches, generator)
        if generator is None:
            yield from map(self._normalise.stored, pixels)
            return
        if self._augment.changes:
            for batch in pixels:
                unit = unit_range(self._augment.moved(batch, generator))
                yield self._normalise(self._augment.changed(unit, generator))
            return

        def finish(batch: Tensor) -> Tensor:
            return self._normalise.stored(self._augment.moved(batch, generator))

        # While crops are being made, by one thread of its own: torch's teams of threads would fight for the cores.
        beside = self._crops is not None and self._device.type == "cpu"
        yield from ahead(finish, pixels, min(1, self._images.delivery.threads) if beside else 0)

    def _bytes(self, batches: Sequence[Tensor], generator: torch.Generator | None) -> Iterator[Tensor]:
        """uint8 [B, 3, S, S] on the device, batch by batch."""
        if generator is not None and self._crops is not None:
            sizes = self._stored.sizes
            # All of them before the first batch: what is drawn later does not depend on how far the threads are.
            parts = [(index, self._crops(sizes[index], generator)) for index in map(Tensor.cpu, batches)]
            return self._sent(ahead(self._cropped, parts, self._images.delivery.threads))
        if self._resident:
            return (self._pixels[index] for index in batches)
        return self._sent(ahead(self._gathered, [index.cpu() for index in batches], self._images.delivery.threads))

    @cached_property
    def _stored(self) -> Stored:
        return self._images.stored(self._spec.transforms.short_side)

    def _sent(self, batches: Iterator[Tensor]) -> Iterator[Tensor]:
        return (batch.to(self._device, non_blocking=True) for batch in batches)

    def _empty(self, count: int, memory_format: torch.memory_format) -> Tensor:
        return torch.empty(
            (count, *self._images.pixels.shape[1:]),
            dtype=torch.uint8,
            memory_format=memory_format,
            pin_memory=self._device.type == "cuda",
        )

    def _gathered(self, index: Tensor) -> Tensor:
        return torch.index_select(self._pixels, 0, index, out=self._empty(len(index), torch.contiguous_format))

    def _cropped(self, part: tuple[Tensor, Tensor]) -> Tensor:
        index, crops = part
        batch = self._empty(len(index), torch.channels_last)
        size = batch.shape[-1]
        rows = batch.permute(0, 2, 3, 1)  # as they lie in memory, on both sides: copied in one piece
        for place, position, crop in zip(rows, index.tolist(), crops.tolist(), strict=True):
            place.copy_(
                resized_crop(self._stored[position], crop, size, self._preprocessing.interpolation).permute(1, 2, 0)
            )
        return batch


def _is_resident(images: Images, device: torch.device) -> bool:
    asked = images.delivery.pipeline
    if asked == "auto" and device.type == "cuda" and not images.lies_on(device):
        free, _ = torch.cuda.mem_get_info(device)
        return images.pixels.nbytes <= RESIDENT_FRACTION * free
    return asked != "streamed"  # other devices share the machine's memory
