"""The optimiser of a recipe, made by timm's factory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from timm.optim import create_optimizer_v2
from torch import nn

from harness.spec.spec import Recipe

SGD_MOMENTUM = 0.9


def make_optimizer(
    recipe: Recipe,
    network: nn.Module,
    held: frozenset[nn.Parameter] | None = None,
    rates: Mapping[str, float] | None = None,
) -> torch.optim.Optimizer:
    """AdamW, or SGD with Nesterov momentum; no weight decay on biases and norms (timm's parameter groups).

    Where `held` is given, the optimiser holds no other parameter: what it never got stays as it is. `rates` are factors
    of the learning rate by parameter name; a group keeps its own as `lr_scale`, which the loop multiplies by.
    """
    arguments: dict[str, Any] = {"fused": True} if recipe.optimizer == "adamw" else {}
    momentum = SGD_MOMENTUM if recipe.momentum is None else recipe.momentum
    optimizer: torch.optim.Optimizer = create_optimizer_v2(
        network, opt=recipe.optimizer, lr=recipe.lr, weight_decay=recipe.weight_decay, momentum=momentum, **arguments
    )
    if held is not None:
        for group in optimizer.param_groups:
            group["params"] = [parameter for parameter in group["params"] if parameter in held]
    if rates:
        _split(optimizer, {parameter: rates.get(name, 1.0) for name, parameter in network.named_parameters()})
    return optimizer


def _split(optimizer: torch.optim.Optimizer, rates: Mapping[nn.Parameter, float]) -> None:
    """One group for each old group and each factor in it."""
    groups = []
    for group in optimizer.param_groups:
        for factor in sorted({rates[parameter] for parameter in group["params"]}):
            members = [parameter for parameter in group["params"] if rates[parameter] == factor]
            groups.append({**group, "params": members, "lr_scale": factor})
    optimizer.param_groups[:] = groups
