"""A simplex equiangular tight frame."""

from __future__ import annotations

import math

import torch
from torch import nn

from harness.spec.errors import ImpossibleConfiguration


def simplex_etf(weight: torch.Tensor, generator: torch.Generator) -> float:
    """√(C/(C-1)) (I - 11ᵀ/C) P with random orthonormal rows P, zero bias (Papyan et al. 2020; Zhu et al. 2021).

    For `weight` [C, features]. It is where the rows of a trained classifier end under neural collapse: each of length
    1, any two at cosine -1/(C-1).

    Raises:
        ImpossibleConfiguration: there are more classes than features.
    """
    classes, features = weight.shape
    if classes > features:
        raise ImpossibleConfiguration(
            f"init: simplex_etf needs as many features as classes; there are {features} for {classes}"
        )
    nn.init.orthogonal_(weight, generator=generator)
    weight.sub_(weight.mean(dim=0)).mul_(math.sqrt(classes / (classes - 1)))
    return 0.0
