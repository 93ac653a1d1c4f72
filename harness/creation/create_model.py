"""Direct creation: the number of classes is given to `timm.create_model`."""

from __future__ import annotations

import timm
from torch import nn

from harness.creation import ModelOrder


def create_model(order: ModelOrder) -> nn.Module:
    """`timm.create_model(name, pretrained=True, num_classes=n)`."""
    model: nn.Module = timm.create_model(
        order.architecture, num_classes=order.num_classes, **order.loading, **order.options
    )
    return model
