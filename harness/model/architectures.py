"""Architectures that timm has only at fixed sizes, registered with timm so that they are made like any other."""

from __future__ import annotations

from typing import Any

from timm.models import register_model
from timm.models.efficientnet import _gen_efficientnet
from torch import nn


@register_model  # type: ignore[untyped-decorator]
def efficientnet_scaled(
    pretrained: bool = False, channel_multiplier: float = 1.0, depth_multiplier: float = 1.0, **kwargs: Any
) -> nn.Module:
    """EfficientNet-B0 (Tan and Le 2019) scaled in width and depth; at 1.0 and 1.0 it is timm's `efficientnet_b0`."""
    model: nn.Module = _gen_efficientnet(
        "efficientnet_b0",
        channel_multiplier=channel_multiplier,
        depth_multiplier=depth_multiplier,
        pretrained=pretrained,
        **kwargs,
    )
    return model
