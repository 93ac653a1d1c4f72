"""Several networks of one structure as one computation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from harness.executors.parts.member import Member
from harness.transfer.parts.batches import Batches
from harness.transfer.parts.learner import Take, prefetched


class CannotPackError(Exception):
    """A program cannot compute networks of this structure."""


@dataclass(frozen=True)
class Storage(ABC):
    """The parameters of K networks in one tensor, and their gradients in another of its shape.

    The networks' own parameters are views of it, so that whoever looks at one of them sees how far it has come.
    `slots` says for each network where in the tensor each of its parameters lies. `leaves` are what the program
    computes with, `gradients` the views of the gradients in the same order; `spread` makes of one number a network,
    [K], something that is broadcast to the tensor.
    """

    values: Tensor
    gradients: Tensor
    slots: Sequence[Mapping[Tensor, Any]]
    leaves: Sequence[Tensor]
    gradients_of: list[Tensor]

    @abstractmethod
    def spread(self, each: Tensor) -> Tensor:
        """One number a network, [K], as it meets `values`."""


@dataclass(frozen=True)
class Blocks(Storage):
    """One block a parameter, in which the networks' lie one after the other."""

    owner: Tensor

    def spread(self, each: Tensor) -> Tensor:
        """To whom each value belongs, his number."""
        return each.index_select(0, self.owner)


class Program(Protocol):
    """K networks that are computed together."""

    storage: Storage

    def __call__(self, inputs: Tensor) -> Tensor:
        """From the batches of all networks, [K, B, ...], to their logits [K, B, classes], in training mode."""

    def evaluate(self, inputs: Tensor) -> Tensor:
        """The same in eval mode, without gradients."""


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
