"""Gradient clipping."""

from __future__ import annotations

from collections.abc import Callable

from timm.models import model_parameters
from timm.utils import dispatch_clip_grad
from torch import nn
from torch.optim import Optimizer

from harness.spec.spec import Recipe


def make_clipping(recipe: Recipe, network: nn.Module, optimizer: Optimizer) -> Callable[[], None] | None:
    """Clips what the optimiser holds, by its norm, by value, or unit by unit; None where nothing is clipped.

    Adaptive clipping (`agc`) leaves the network's last layer alone (Brock et al. 2021), as timm's script does.
    """
    value = recipe.clip_grad
    if value is None:
        return None
    held = {parameter for group in optimizer.param_groups for parameter in group["params"]}
    candidates = model_parameters(network, exclude_head=recipe.clip_mode == "agc")
    parameters = [parameter for parameter in candidates if parameter in held]
    return lambda: dispatch_clip_grad(parameters, value, mode=recipe.clip_mode)
