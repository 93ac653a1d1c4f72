"""Plain layers in the place of a model's heads."""

from __future__ import annotations

from torch import nn

from harness.model.creation import ModelOrder
from harness.model.creation._require import width
from harness.model.heads.find import find_slots


def plain_heads(model: nn.Module, order: ModelOrder) -> tuple[str, ...]:
    """Put a plain Linear where each head is, or where one is left free; a convolution makes place for one.

    Returns the names of the new heads.
    """
    slots = find_slots(model)
    for slot in slots:
        model.set_submodule(slot, _plain(model.get_submodule(slot), model, order))
    return slots


def _plain(old: nn.Module, model: nn.Module, order: ModelOrder) -> nn.Module:
    if isinstance(old, nn.Conv2d):
        return nn.Conv2d(old.in_channels, order.num_classes, 1)
    features = old.in_features if isinstance(old, nn.Linear) else width(model, order.architecture)
    return nn.Linear(features, order.num_classes)
