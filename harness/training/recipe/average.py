"""The average of the weights over the steps."""

from __future__ import annotations

from timm.utils import ModelEmaV3
from torch import nn

from harness.spec.spec import Recipe


def make_average(recipe: Recipe, network: nn.Module) -> ModelEmaV3 | None:
    """An exponential moving average of weights and buffers; None where nothing is averaged.

    With the warm-up its decay after t steps is at most 1 - t^(-2/3), so that a short training is averaged, too.
    """
    if recipe.ema_decay is None:
        return None
    return ModelEmaV3(network, decay=recipe.ema_decay, use_warmup=recipe.ema_warmup)
