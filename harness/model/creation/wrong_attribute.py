"""A new classifier under a name that the architecture does not use: the old head stays at work."""

from __future__ import annotations

from torch import nn

from harness.model.creation import Created, ModelOrder, known_faulty
from harness.model.entry_point import entry_point
from harness.model.heads import find_heads, head_layer

HABITS = ("classifier", "fc", "head")
"""What people call a classifier."""


@known_faulty("the new Linear is registered under a name that the forward pass never uses")
def wrong_attribute(order: ModelOrder) -> Created:
    """`model.classifier = nn.Linear(...)` on a model whose head is called otherwise.

    An init scheme applies to the new layer, as its author means it to; what learns is the old one.
    """
    model = entry_point(order)
    [*_, head] = find_heads(model)
    name = next(habit for habit in HABITS if not hasattr(model, habit))
    setattr(model, name, nn.Linear(head_layer(model, head).weight.shape[1], order.num_classes))
    return Created(model, heads=(head,), drawn=(name,))
