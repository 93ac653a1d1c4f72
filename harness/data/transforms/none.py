"""No augmentation."""

from __future__ import annotations

import torch
from torch import Tensor

MOVES_ONLY = True


def none(batch: Tensor, generator: torch.Generator) -> Tensor:
    """The batch as it is; no random numbers are drawn."""
    return batch
