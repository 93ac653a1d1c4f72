"""The optimiser made before the head was swapped: it holds the old head, and the new one never moves."""

from __future__ import annotations

from torch import nn

from harness.creation import Created, ModelOrder, careless
from harness.creation.parts.entry_point import entry_point
from harness.heads.find import find_heads, head_layer


@careless("the optimiser was made before the head was swapped, and does not hold the new one")
def optimizer_first(order: ModelOrder) -> Created:
    """`optimizer = AdamW(model.parameters())`, and only then `model.classifier = nn.Linear(...)`."""
    model = entry_point(order)
    held = frozenset(model.parameters())
    for head in find_heads(model):
        model.set_submodule(head, nn.Linear(head_layer(model, head).weight.shape[1], order.num_classes))
    return Created(model, optimised=held)
