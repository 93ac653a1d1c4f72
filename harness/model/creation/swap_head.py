"""The architecture's entry-point function, then its classifier replaced by a plain Linear."""

from __future__ import annotations

from torch import nn

from harness.model.creation import Created, ModelOrder
from harness.model.entry_point import entry_point, plain_heads


def swap_head(order: ModelOrder) -> nn.Module | Created:
    """`model = timm.models.NAME(pretrained=True)`, then `model.classifier = nn.Linear(features, n)`.

    The attribute is the one that the architecture really uses, nested or not, and where its weights came without
    classes, the one left free.
    """
    model = entry_point(order)
    heads = plain_heads(model, order)
    return Created(model, heads=heads) if order.library == "transformers" else model
