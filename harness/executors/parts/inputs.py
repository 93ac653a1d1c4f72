"""The inputs of all runs of a pack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import torch
from torch import Tensor

from harness.executors.parts.member import Member
from harness.transfer.parts.batches import Batches
from harness.transfer.parts.learner import Take, prefetched


class Inputs(Protocol):
    """Where the batches of a pack come from."""

    def __call__(self, batches: Tensor) -> Iterator[Tensor]:
        """From an epoch's indices [K, steps, B] to the inputs of each step, [K, B, ...]."""


class Taken:
    """Each run's inputs as it would take them by itself; with one gather for all where nothing is drawn."""

    def __init__(self, members: Sequence[Member]) -> None:
        self._members = members
        self._drawn = any(not isinstance(each, Batches) or each.draws for each in takes_of(members))

    def __call__(self, batches: Tensor) -> Iterator[Tensor]:
        """Batch by batch, augmented from each run's own stream."""
        takes = takes_of(self._members)
        if not self._drawn and one_source(takes):
            yield from (taken_together(takes, index) for index in batches.unbind(1))
            return
        own = [
            prefetched(take, list(order), member.augmentation)
            for take, member, order in zip(takes, self._members, batches, strict=True)
        ]
        for each in zip(*own, strict=True):
            yield torch.stack(each)


def takes_of(members: Sequence[Member]) -> list[Take]:
    """Where the runs' training batches come from."""
    return [member.learner.take for member in members]


def one_source(takes: Sequence[Take]) -> bool:
    """Whether all give the same inputs at the same indices, where nothing is drawn."""
    return len({take.source if isinstance(take, Batches) else take for take in takes}) == 1


def taken_together(takes: Sequence[Take], index: Tensor) -> Tensor:
    """The inputs of all runs, [K, B, ...], from indices [K, B], without augmentation."""
    if one_source(takes):
        together: Tensor = takes[0](index.flatten(), None).unflatten(0, index.shape)
        return together
    return torch.stack([take(own, None) for take, own in zip(takes, index, strict=True)])
