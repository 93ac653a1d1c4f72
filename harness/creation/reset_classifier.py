"""`reset_classifier` on a model made for another number of classes."""

from __future__ import annotations

from typing import Any

import timm

from harness.creation import ModelOrder


def reset_classifier(order: ModelOrder) -> Any:
    """`model = timm.create_model(name, pretrained=True)`, then `model.reset_classifier(n)`."""
    classes = {} if order.pretrained_classes is None else {"num_classes": order.pretrained_classes}
    model = timm.create_model(order.architecture, **classes, **order.loading, **order.options)
    model.reset_classifier(order.num_classes)
    return model
