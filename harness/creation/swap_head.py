"""The architecture's entry-point function, then its classifier replaced by a plain Linear."""

from __future__ import annotations

from torch import nn

from harness.creation import ModelOrder
from harness.creation.parts.entry_point import entry_point
from harness.creation.parts.require import width
from harness.heads.find import find_slots


def swap_head(order: ModelOrder) -> nn.Module:
    """`model = timm.models.NAME(pretrained=True)`, then `model.classifier = nn.Linear(features, n)`.

    The attribute is the one that the architecture really uses, nested or not, and where its weights came without
    classes, the one left free; a convolution makes place for one.
    """
    model = entry_point(order)
    for slot in find_slots(model):
        model.set_submodule(slot, _plain(model.get_submodule(slot), model, order))
    return model


def _plain(old: nn.Module, model: nn.Module, order: ModelOrder) -> nn.Module:
    if isinstance(old, nn.Conv2d):
        return nn.Conv2d(old.in_channels, order.num_classes, 1)
    features = old.in_features if isinstance(old, nn.Linear) else width(model, order.architecture)
    return nn.Linear(features, order.num_classes)
