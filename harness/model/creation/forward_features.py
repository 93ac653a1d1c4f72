"""`forward_features` and `forward_head` called by hand, and a Linear of one's own on the pooled features."""

from __future__ import annotations

import timm
from torch import Tensor, nn

from harness.model.creation import ModelOrder
from harness.model.creation._composite import Composite
from harness.model.creation._require import timm_only, width
from harness.spec.errors import ImpossibleConfiguration


class ByHand(Composite):
    """The backbone keeps its own classifier, which is never called."""

    def features(self, images: Tensor) -> Tensor:
        """`forward_head(forward_features(x), pre_logits=True)`, [N, width]."""
        features: Tensor = self.backbone.forward_head(self.backbone.forward_features(images), pre_logits=True)  # type: ignore[operator]
        return features


def forward_features(order: ModelOrder) -> nn.Module:
    """`timm.create_model(name, pretrained=True)`, whose two halves the model's own forward calls.

    Raises:
        ImpossibleConfiguration: the architecture lacks one of the halves.
    """
    timm_only(order, "forward_features")
    backbone = timm.create_model(order.architecture, **order.own_classes, **order.loading, **order.arguments)
    for half in ("forward_features", "forward_head"):
        if not hasattr(backbone, half):
            raise ImpossibleConfiguration(f"creation: {order.architecture} has no {half}; use creation=external_linear")
    return ByHand(backbone, width(backbone, order.architecture), order.num_classes)
