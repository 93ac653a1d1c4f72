"""`forward_intermediates` called by hand: the last two stages' maps, pooled and put side by side, under a Linear."""

from __future__ import annotations

import timm
import torch
from timm.models import FeatureInfo
from torch import Tensor, nn

from harness.model.creation import ModelOrder
from harness.model.creation._composite import Composite, pool
from harness.model.creation._require import timm_only
from harness.spec.errors import ImpossibleConfiguration

STAGES = 2


class PooledIntermediates(Composite):
    """Maps of `widths` channels from the last stages; the model itself stays whole."""

    def __init__(self, backbone: nn.Module, widths: tuple[int, ...], num_classes: int) -> None:
        super().__init__(backbone, sum(widths), num_classes)
        self.widths = widths

    def features(self, images: Tensor) -> Tensor:
        """Mean of each map over its positions, concatenated: [N, sum of widths]."""
        maps = self.backbone.forward_intermediates(images, indices=len(self.widths), intermediates_only=True)  # type: ignore[operator]
        return torch.cat([pool(one, width) for one, width in zip(maps, self.widths, strict=True)], dim=1)


def forward_intermediates(order: ModelOrder) -> nn.Module:
    """`timm.create_model(name, pretrained=True, num_classes=0)`, of which `forward_intermediates` gives the last maps.

    For a plain transformer a stage is a block. As in a linear evaluation of DINOv2 (Oquab et al. 2024), several are
    concatenated; unlike there, tokens are averaged and the final norm is left out, which are timm's defaults.

    Raises:
        ImpossibleConfiguration: the architecture has no such method, or a pooling was asked for.
    """
    timm_only(order, "forward_intermediates")
    if order.pool is not None:
        raise ImpossibleConfiguration(
            "backbone.pool: forward_intermediates gives maps, which are averaged; leave it out"
        )
    backbone = timm.create_model(order.architecture, **order.loading, **order.options, num_classes=0)
    if not hasattr(backbone, "forward_intermediates"):
        raise ImpossibleConfiguration(
            f"creation: {order.architecture} has no forward_intermediates; use creation=features_only"
        )
    return PooledIntermediates(backbone, _widths(backbone), order.num_classes)


def _widths(backbone: nn.Module) -> tuple[int, ...]:
    """Channels of the last stages, as timm states them."""
    return tuple(FeatureInfo(backbone.feature_info, STAGES).channels())
