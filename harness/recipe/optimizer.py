"""The optimiser of a recipe, made by timm's factory."""

from __future__ import annotations

from typing import Any

import torch
from timm.optim import create_optimizer_v2
from torch import nn

from harness.spec.spec import Recipe

SGD_MOMENTUM = 0.9


def make_optimizer(recipe: Recipe, network: nn.Module) -> torch.optim.Optimizer:
    """AdamW, or SGD with Nesterov momentum; no weight decay on biases and norms (timm's parameter groups)."""
    arguments: dict[str, Any] = {"fused": True} if recipe.optimizer == "adamw" else {}
    momentum = SGD_MOMENTUM if recipe.momentum is None else recipe.momentum
    optimizer: torch.optim.Optimizer = create_optimizer_v2(
        network, opt=recipe.optimizer, lr=recipe.lr, weight_decay=recipe.weight_decay, momentum=momentum, **arguments
    )
    return optimizer
