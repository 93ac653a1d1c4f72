"""The configuration overlay without `pretrained=True`, as the recipe is often given: nothing is loaded."""

from __future__ import annotations

import timm
from torch import nn

from harness.model.creation import ModelOrder, known_faulty
from harness.model.creation._require import timm_only, weights_file


@known_faulty("the overlay's file is never read, because pretrained=True is missing")
def overlay_alone(order: ModelOrder) -> nn.Module:
    """`create_model(name, num_classes=n, pretrained_cfg_overlay=dict(file=FILE))`.

    Raises:
        ImpossibleConfiguration: there is no file.
    """
    timm_only(order, "pretrained_cfg_overlay")
    overlay = {"file": str(weights_file(order, "pretrained_cfg_overlay"))}
    model: nn.Module = timm.create_model(
        order.architecture, num_classes=order.num_classes, pretrained_cfg_overlay=overlay, **order.arguments
    )
    return model
