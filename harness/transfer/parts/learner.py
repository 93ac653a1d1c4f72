"""What the training loop needs of a transfer strategy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Learner:
    """A network that learns, and its inputs.

    `network` turns prepared inputs into logits. `inputs` [N, ...] are the training part (validation included), one
    entry an image, on the device; `encode` turns other images, uint8 [M, 3, S, S], into such inputs. `prepare` makes
    a batch of inputs ready for the network, augmented where a generator is given. `learnable` names every parameter
    that learns as the whole model names it; `optimised` are those that the optimiser may hold, None for all.
    `features_s` is what encoding the inputs cost, in seconds.
    """

    network: nn.Module
    inputs: Tensor
    encode: Callable[[Tensor], Tensor]
    prepare: Callable[[Tensor, torch.Generator | None], Tensor]
    learnable: dict[str, nn.Parameter]
    optimised: frozenset[nn.Parameter] | None = None
    features_s: float = 0.0
