"""A backbone without a classifier, and a Linear of one's own outside it."""

from __future__ import annotations

import timm
from torch import nn

from harness.model.creation import ModelOrder
from harness.model.creation._composite import Composite
from harness.model.creation._require import timm_only, width


def external_linear(order: ModelOrder) -> nn.Module:
    """`backbone = timm.create_model(name, pretrained=True, num_classes=0)`, then `nn.Linear` on what it gives."""
    timm_only(order, "create_model(num_classes=0)")
    backbone = timm.create_model(order.architecture, **order.loading, **order.arguments, num_classes=0)
    return Composite(backbone, width(backbone, order.architecture), order.num_classes)
