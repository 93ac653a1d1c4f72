"""Augmentation by the batch: each public module is one scheme, found by its name.

A variant is a function `(batch, generator) -> batch` on float images [N, 3, H, W] in 0..1, on any device. Its
random numbers come from a generator on the CPU, so that every device sees the same augmentation, and each
image has its own. A module that also has a function `crops(sizes, generator) -> crops`, from heights and widths
[N, 2] to top, left, height and width [N, 4] in pixels, is given these parts of the images at their stored
resolution, resized, instead of their centre squares.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from harness.spec.spec import Transforms
from harness.spec.variants import load_variant

Augment = Callable[[Tensor, torch.Generator], Tensor]

Sources = Callable[[torch.Size, torch.Generator], Tensor]

STEPS = ("color_jitter", "rand_augment", "random_erasing")
"""What comes after the geometry, in this order, which is timm's and torchvision's: what is erased stays erased."""


@dataclass(frozen=True)
class Augmentation:
    """What is done to a batch: `moves` rearranges pixels and takes them as bytes, a quarter of the memory; `changes`
    take images in 0..1. Either order of moving and scaling gives the same values, bit by bit. `sources` draws what the
    moves are made of: where each pixel comes from; None where that is not all that they are."""

    moves: Augment | None
    changes: tuple[Augment, ...]
    sources: Sources | None = None

    def moved(self, pixels: Tensor, generator: torch.Generator) -> Tensor:
        """Pixels [N, 3, H, W], uint8 or float, rearranged."""
        return pixels if self.moves is None else self.moves(pixels, generator)

    def changed(self, unit: Tensor, generator: torch.Generator) -> Tensor:
        """Images [N, 3, H, W] in 0..1, changed by one step after the other."""
        for change in self.changes:
            unit = change(unit, generator)
        return unit

    def __call__(self, unit: Tensor, generator: torch.Generator) -> Tensor:
        """All of it on images [N, 3, H, W] in 0..1."""
        return self.changed(self.moved(unit, generator), generator)


def augmentation(spec: Transforms) -> Augmentation:
    """What a spec asks for as a whole: the scheme `spec.name`, and the steps after it whose key is not null."""
    scheme: Augment = load_variant("harness.data.transforms", spec.name)
    module = importlib.import_module(f"harness.data.transforms.{spec.name}")
    steps = tuple(
        partial(load_variant("harness.data.transforms._steps", step), strength=strength)
        for step in STEPS
        if (strength := getattr(spec, step)) is not None
    )
    if not getattr(module, "MOVES_ONLY", False):
        return Augmentation(None, (scheme, *steps))
    return Augmentation(scheme, steps, getattr(module, "sources", None))


def rearranged(batch: Tensor, sources: Tensor) -> Tensor:
    """Images [N, C, H, W] by one gather; `sources`, int64 [N, H * W], are the places that pixels come from."""
    index = sources.to(batch.device, non_blocking=True)[:, None, :].expand(-1, batch.shape[1], -1)
    return batch.flatten(2).gather(2, index).view_as(batch)
