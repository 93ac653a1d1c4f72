"""Several networks of one structure as one computation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from torch import Tensor


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
