"""What the training loop needs of a transfer strategy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from harness.data.parts.images import Images

Take = Callable[[Tensor, torch.Generator | None], Tensor]
"""From indices [B] into a set of images to the network's inputs [B, ...]; augmented where a generator is given."""


def _unchanged(epoch: int) -> None:
    """An epoch begins as the last one ended."""


@dataclass(frozen=True)
class Learner:
    """A network that learns, and where its inputs come from.

    `network` turns inputs into logits. `take` gives the inputs of the training part's images (validation included);
    `other` makes the same of another set of images. `learnable` names every parameter that learns at some time, as the
    whole model names it; `optimised` are those that the optimiser may hold, None for all. `rates` are factors of the
    learning rate by the network's own parameter names, 1 where a name is missing. `begin_epoch` is called before each
    epoch (from 0) and may freeze or free parameters by `requires_grad`; `train` puts the network into training mode.
    `features_s` is what preparing the inputs cost, in seconds; `facts` are for the birth certificate.
    """

    network: nn.Module
    take: Take
    other: Callable[[Images], Take]
    learnable: dict[str, nn.Parameter]
    train: Callable[[], object]
    optimised: frozenset[nn.Parameter] | None = None
    rates: Mapping[str, float] = field(default_factory=dict)
    begin_epoch: Callable[[int], None] = _unchanged
    features_s: float = 0.0
    facts: Mapping[str, Any] = field(default_factory=dict)
