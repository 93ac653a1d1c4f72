"""`reset_classifier` on a model made for another number of classes."""

from __future__ import annotations

from typing import Any

import timm

from harness.model.creation import ModelOrder
from harness.model.creation._require import timm_only


def reset_classifier(order: ModelOrder) -> Any:
    """`model = timm.create_model(name, pretrained=True)`, then `model.reset_classifier(n)`.

    A pooling asked for is given to `reset_classifier`, not to the constructor: a reset, against a new instance.
    """
    timm_only(order, "reset_classifier")
    model = timm.create_model(order.architecture, **order.own_classes, **order.loading, **order.options)
    if order.pool is None:
        model.reset_classifier(order.num_classes)
    else:
        model.reset_classifier(order.num_classes, global_pool=order.pool)
    return model
