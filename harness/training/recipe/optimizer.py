"""The optimizer of a recipe, made by timm's factory, with gradient clipping and averaged weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from timm.models import model_parameters
from timm.optim import create_optimizer_v2, get_optimizer_info, list_optimizers
from timm.utils import ModelEmaV3, dispatch_clip_grad
from torch import nn
from torch.optim import Optimizer

from harness.spec.errors import RequestError
from harness.spec.spec import Recipe
from harness.spec.variants import suggest

MOMENTUM = 0.9
"""timm's default, for the optimizers that have it; for SGD it is Nesterov's."""


def make_optimizer(
    recipe: Recipe,
    network: nn.Module,
    held: frozenset[nn.Parameter] | None = None,
    rates: Mapping[str, float] | None = None,
    fused: bool = False,
) -> torch.optim.Optimizer:
    """Any of timm's by name; no weight decay on biases and norms (timm's parameter groups), unless asked for.

    Args:
        recipe: names it, its rate and its decay.
        network: what learns.
        held: the parameters that it may hold, None for all: what it never got stays as it is.
        rates: factors of the learning rate by parameter name; a group keeps its own as `lr_scale`, which the step
            multiplies by.
        fused: one kernel for all parameters of whichever optimizer; AdamW is fused in any case.

    Raises:
        RequestError: the optimizer is refused for a reason that `check_optimizer` gives.
    """
    if faults := _refusals(recipe):
        raise RequestError(faults)
    optimizer = _make(recipe, network, fused)
    if held is not None:
        for group in optimizer.param_groups:
            group["params"] = [parameter for parameter in group["params"] if parameter in held]
    if rates:
        _split(optimizer, {parameter: rates.get(name, 1.0) for name, parameter in network.named_parameters()})
    return optimizer


def check_optimizer(recipe: Recipe) -> list[str]:
    """What is wrong with a recipe's optimizer, one line each; it is tried on a parameter of its own."""
    if faults := _refusals(recipe):
        return faults
    try:
        _make(recipe, nn.ParameterList([torch.zeros(2, 2)]))
    except (AssertionError, ImportError, RuntimeError) as error:
        return [f"recipe.optimizer: {recipe.optimizer} is unavailable here: {error}"]
    except (TypeError, ValueError) as error:
        return [f"recipe.optimizer_kwargs: {recipe.optimizer} with {recipe.optimizer_kwargs}: {error}"]
    return []


def _refusals(recipe: Recipe) -> list[str]:
    known = list_optimizers()
    if recipe.optimizer not in known:
        return [f"recipe.optimizer: timm has no '{recipe.optimizer}'; {suggest(recipe.optimizer, known)}"]
    information = get_optimizer_info(recipe.optimizer)
    faults = []
    if information.second_order:
        faults.append(
            f"recipe.optimizer: {recipe.optimizer} needs gradients of gradients, which cost several times a step and "
            "are not computed here; use adamw or another of first order"
        )
    if recipe.momentum is not None and not information.has_momentum:
        faults.append(f"recipe.momentum: has no effect under recipe.optimizer={recipe.optimizer}; use sgd")
    if reserved := sorted({"lr", "weight_decay", "momentum"} & set(recipe.optimizer_kwargs)):
        faults.append(f"recipe.optimizer_kwargs: {reserved[0]} has a key of its own; use recipe.{reserved[0]}")
    return faults


def _make(recipe: Recipe, network: nn.Module, fused: bool = False) -> torch.optim.Optimizer:
    arguments: dict[str, Any] = {"fused": True} if fused or recipe.optimizer == "adamw" else {}
    optimizer: torch.optim.Optimizer = create_optimizer_v2(
        network,
        opt=recipe.optimizer,
        lr=recipe.lr,
        weight_decay=recipe.weight_decay,
        momentum=MOMENTUM if recipe.momentum is None else recipe.momentum,
        filter_bias_and_bn=recipe.weight_decay_exclude_1d,
        **arguments,
        **recipe.optimizer_kwargs,
    )
    return optimizer


def _split(optimizer: torch.optim.Optimizer, rates: Mapping[nn.Parameter, float]) -> None:
    """One group for each old group and each factor in it."""
    groups = []
    for group in optimizer.param_groups:
        for factor in sorted({rates[parameter] for parameter in group["params"]}):
            members = [parameter for parameter in group["params"] if rates[parameter] == factor]
            groups.append({**group, "params": members, "lr_scale": factor})
    optimizer.param_groups[:] = groups


def make_clipping(recipe: Recipe, network: nn.Module, optimizer: Optimizer) -> Callable[[], None] | None:
    """Clips what the optimizer holds, by its norm, by value, or unit by unit; None where nothing is clipped.

    Adaptive clipping (`agc`) leaves the network's last layer alone (Brock et al. 2021), as timm's script does.
    """
    value = recipe.clip_grad
    if value is None:
        return None
    held = {parameter for group in optimizer.param_groups for parameter in group["params"]}
    candidates = model_parameters(network, exclude_head=recipe.clip_mode == "agc")
    parameters = [parameter for parameter in candidates if parameter in held]
    return lambda: dispatch_clip_grad(parameters, value, mode=recipe.clip_mode)


def make_average(recipe: Recipe, network: nn.Module) -> ModelEmaV3 | None:
    """An exponential moving average of weights and buffers; None where nothing is averaged.

    With the warm-up its decay after t steps is at most 1 - t^(-2/3), so that a short training is averaged, too.
    """
    if recipe.ema_decay is None:
        return None
    return ModelEmaV3(network, decay=recipe.ema_decay, use_warmup=recipe.ema_warmup)
