"""A model in a folder, as timm's are kept on the hub, loaded by timm from there."""

from __future__ import annotations

import timm
from torch import nn

from harness.model.creation import ModelOrder
from harness.model.creation._require import timm_only
from harness.model.hub_folder import hub_folder


def local_dir(order: ModelOrder) -> nn.Module:
    """`timm.create_model("local-dir:FOLDER", pretrained=True, num_classes=n)`.

    Without `classifier` and `num_classes` in the folder's config.json timm would not drop the old head, and end with an
    error of sizes.

    Raises:
        ImpossibleConfiguration: there is no file that a folder could be made of.
    """
    timm_only(order, "local-dir:")
    with hub_folder(order, "local-dir:") as folder:
        model: nn.Module = timm.create_model(
            f"local-dir:{folder}", pretrained=True, num_classes=order.num_classes, **order.arguments
        )
    return model
