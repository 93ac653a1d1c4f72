"""Direct creation: the number of classes is given to the library's factory."""

from __future__ import annotations

import timm
from torch import nn
from torchvision.models import get_model

from harness.model.creation import ModelOrder
from harness.spec.errors import ImpossibleConfiguration


def create_model(order: ModelOrder) -> nn.Module:
    """`timm.create_model(name, pretrained=True, num_classes=n)`; torchvision's `get_model(name, num_classes=n)`.

    Raises:
        ImpossibleConfiguration: torchvision loads weights only into a model with the classes that they were trained
            for; transformers has no such factory.
    """
    if order.library == "transformers":
        raise ImpossibleConfiguration("creation: transformers has no create_model; use creation=transformers")
    if order.library == "torchvision":
        if order.pretrained_classes is not None:
            raise ImpossibleConfiguration(
                "creation: torchvision's get_model(weights=..., num_classes=n) is refused by torchvision unless n is "
                f"{order.pretrained_classes}; use creation=swap_head"
            )
        model: nn.Module = get_model(order.architecture, num_classes=order.num_classes, **order.options)
        return model
    direct: nn.Module = timm.create_model(
        order.architecture, num_classes=order.num_classes, **order.loading, **order.arguments
    )
    return direct
