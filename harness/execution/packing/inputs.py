"""The inputs of all runs of a pack."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import torch
from torch import Tensor

from harness.execution.packing.packed_run import PackedRun
from harness.training.batches import Batches
from harness.training.learner import InputSource, prefetched


class PackInputs(Protocol):
    """Where the batches of a pack come from."""

    def __call__(self, batches: Tensor) -> Iterator[Tensor]:
        """From an epoch's indices [K, steps, B] to the inputs of each step, [K, B, ...]."""


class PackedInputs:
    """Each run's inputs as it would take them by itself; by one gather for all where that is what they are made of."""

    def __init__(self, members: Sequence[PackedRun]) -> None:
        self._takes = takes_of(members)
        self._augmentations = [member.augmentation for member in members]

    def __call__(self, batches: Tensor) -> Iterator[Tensor]:
        """Batch by batch, augmented from each run's own stream."""
        together = self._together()
        return self._each(batches) if together is None else map(together, batches.unbind(1))

    def _together(self) -> Callable[[Tensor], Tensor] | None:
        first, takes = self._takes[0], self._takes
        if not isinstance(first, Batches) or not one_source(takes):
            return None
        if not any(isinstance(take, Batches) and take.draws for take in takes):
            return lambda index: taken_together(takes, index)
        if first.gathers and all(isinstance(take, Batches) and take.transforms == first.transforms for take in takes):
            return lambda index: first.together(index, self._augmentations)
        return None

    def _each(self, batches: Tensor) -> Iterator[Tensor]:
        own = [
            prefetched(take, list(order), augmentation)
            for take, order, augmentation in zip(self._takes, batches, self._augmentations, strict=True)
        ]
        for each in zip(*own, strict=True):
            yield torch.stack(each)


def takes_of(members: Sequence[PackedRun]) -> list[InputSource]:
    """Where the runs' training batches come from."""
    return [member.learner.take for member in members]


def one_source(takes: Sequence[InputSource]) -> bool:
    """Whether all give the same inputs at the same indices, where nothing is drawn."""
    return len({take.source if isinstance(take, Batches) else take for take in takes}) == 1


def taken_together(takes: Sequence[InputSource], index: Tensor) -> Tensor:
    """The inputs of all runs, [K, B, ...], from indices [K, B], without augmentation."""
    if one_source(takes):
        together: Tensor = takes[0](index.flatten(), None).unflatten(0, index.shape)
        return together
    return torch.stack([take(own, None) for take, own in zip(takes, index, strict=True)])
