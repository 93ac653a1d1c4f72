"""Summary statistics of tensors."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

NAMES = ("mean", "std", "min", "max", "norm")


def summarise(tensor: Tensor) -> dict[str, float]:
    """Mean, standard deviation (population), minimum, maximum and L2 norm."""
    return summarise_all([tensor])[0]


def summarise_all(tensors: Sequence[Tensor]) -> list[dict[str, float]]:
    """The same of many tensors of one device, which is waited for once."""
    if not tensors:
        return []
    return [dict(zip(NAMES, row, strict=True)) for row in torch.stack(list(map(_measured, tensors))).tolist()]


def _measured(tensor: Tensor) -> Tensor:
    values = tensor.detach().float()
    std, mean = torch.std_mean(values, correction=0)
    low, high = torch.aminmax(values)
    return torch.stack([mean, std, low, high, values.norm()])
