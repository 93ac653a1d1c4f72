"""A file of one's own through timm's configuration overlay, with `pretrained=True`: the way that works."""

from __future__ import annotations

import timm
from torch import nn

from harness.model.creation import ModelOrder
from harness.model.creation._require import timm_only, weights_file


def pretrained_cfg_overlay(order: ModelOrder) -> nn.Module:
    """`create_model(name, pretrained=True, num_classes=n, pretrained_cfg_overlay=dict(file=FILE, num_classes=OLD))`.

    Raises:
        ImpossibleConfiguration: there is no file.
    """
    timm_only(order, "pretrained_cfg_overlay")
    overlay = {"file": str(weights_file(order, "pretrained_cfg_overlay")), **order.own_classes, "custom_load": False}
    model: nn.Module = timm.create_model(
        order.architecture,
        pretrained=True,
        num_classes=order.num_classes,
        pretrained_cfg_overlay=overlay,
        **order.arguments,
    )
    return model
