"""What the training loop needs of a transfer strategy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from harness.data.images import Images


class InputSource(Protocol):
    """Gives the inputs of a set's images."""

    def __call__(self, index: Tensor, generator: torch.Generator | None, /) -> Tensor:
        """From indices [B] to the network's inputs [B, ...]; augmented where a generator is given."""


@dataclass(frozen=True)
class Computed:
    """A `InputSource` of inputs that are all there, [N, ...], the same in training and in evaluation."""

    inputs: Tensor

    def __call__(self, index: Tensor, generator: torch.Generator | None, /) -> Tensor:
        """Those at the indices [B]: [B, ...]."""
        return self.inputs[index]


@runtime_checkable
class Prefetching(Protocol):
    """An `InputSource` that can prepare batches before they are asked for."""

    @property
    def pipeline(self) -> str:
        """Where the images of training batches come from: `resident` on the device, or `streamed`."""

    def ahead(self, batches: Sequence[Tensor], generator: torch.Generator | None) -> Iterator[Tensor]:
        """The inputs [B, ...] of each batch of indices [B], in order; random numbers are drawn in that order, too."""


def prefetched(source: InputSource, batches: Sequence[Tensor], generator: torch.Generator | None) -> Iterator[Tensor]:
    """The network's inputs for each batch of indices [B], in order, prepared ahead where `source` can do so.

    Nothing else may draw from `generator` until the last batch is taken.
    """
    if isinstance(source, Prefetching):
        return source.ahead(batches, generator)
    return (source(batch, generator) for batch in batches)


def _unchanged(epoch: int) -> None:
    """An epoch begins as the last one ended."""


@dataclass(frozen=True)
class Learner:
    """A network that learns, and where its inputs come from.

    `network` turns inputs into logits. `source` gives the inputs of the training part's images (validation included);
    `source_of` makes one of another set of images. `learnable` names every parameter that learns at some time, as the
    whole model names it; `optimised` are those that the optimizer may hold, None for all. `rates` are factors of the
    learning rate by the network's own parameter names, 1 where a name is missing. `begin_epoch` is called before each
    epoch (from 0) and may freeze or free parameters by `requires_grad`; `train` puts the network into training mode.
    `features_s` is what preparing the inputs cost, in seconds; `facts` are for the initial diagnostics.
    """

    network: nn.Module
    source: InputSource
    source_of: Callable[[Images], InputSource]
    learnable: dict[str, nn.Parameter]
    train: Callable[[], object]
    optimised: frozenset[nn.Parameter] | None = None
    rates: Mapping[str, float] = field(default_factory=dict)
    begin_epoch: Callable[[int], None] = _unchanged
    features_s: float = 0.0
    facts: Mapping[str, Any] = field(default_factory=dict)
