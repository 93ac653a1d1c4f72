"""Staged feature maps, the last of them pooled, and a Linear of one's own."""

from __future__ import annotations

import timm
from torch import Tensor, nn

from harness.model.creation import ModelOrder
from harness.model.creation._composite import Composite, pool
from harness.model.creation._require import timm_only
from harness.spec.errors import ImpossibleConfiguration


class PooledStages(Composite):
    """The last stage's map, averaged over its positions."""

    def features(self, images: Tensor) -> Tensor:
        """Mean of the last map, [N, width]."""
        return pool(self.backbone(images)[-1], self.head.in_features)


def features_only(order: ModelOrder) -> nn.Module:
    """`timm.create_model(name, pretrained=True, features_only=True)`.

    What lies behind the last stage (a final norm, a last convolution) is not part of it.

    Raises:
        ImpossibleConfiguration: timm has no staged features of this architecture.
    """
    timm_only(order, "features_only")
    if order.pool is not None:
        raise ImpossibleConfiguration("backbone.pool: features_only gives maps, which are averaged; leave it out")
    try:
        backbone = timm.create_model(order.architecture, features_only=True, **order.loading, **order.options)
    except (RuntimeError, AttributeError, AssertionError, TypeError) as error:
        if "state_dict" in str(error):
            raise
        raise ImpossibleConfiguration(
            f"creation: timm has no features_only of {order.architecture} ({error})"
        ) from None
    return PooledStages(backbone, backbone.feature_info.channels()[-1], order.num_classes)
