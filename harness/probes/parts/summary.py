"""Summary statistics of a tensor."""

from __future__ import annotations

import torch


def summarise(tensor: torch.Tensor) -> dict[str, float]:
    """Mean, standard deviation (population), minimum, maximum and L2 norm."""
    values = tensor.detach().float()
    std, mean = torch.std_mean(values, correction=0)
    low, high = torch.aminmax(values)
    measured = torch.stack([mean, std, low, high, values.norm()])
    return dict(zip(("mean", "std", "min", "max", "norm"), measured.tolist(), strict=True))
