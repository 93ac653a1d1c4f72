"""The whole augmentation that a spec asks for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from harness.spec.spec import Transforms
from harness.spec.variants import load_variant

Augment = Callable[[Tensor, torch.Generator], Tensor]

STEPS = ("color_jitter", "rand_augment", "random_erasing")
"""What comes after the geometry, in this order, which is timm's and torchvision's: what is erased stays erased."""


def augmentation(spec: Transforms) -> Augment:
    """The scheme `spec.name` and the steps after it whose key is not null, as one function of a batch."""
    parts: list[Augment] = [load_variant("harness.transforms", spec.name)]
    for step in STEPS:
        strength = getattr(spec, step)
        if strength is not None:
            parts.append(partial(load_variant("harness.transforms.steps", step), strength=strength))

    def augment(batch: Tensor, generator: torch.Generator) -> Tensor:
        for part in parts:
            batch = part(batch, generator)
        return batch

    return augment
