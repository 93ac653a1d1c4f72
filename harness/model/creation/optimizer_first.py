"""The optimizer made before the head was swapped: it holds the old head, and the new one never moves."""

from __future__ import annotations

from harness.model.creation import Created, ModelOrder, known_faulty
from harness.model.entry_point import entry_point, plain_heads


@known_faulty("the optimizer was made before the head was swapped, and does not hold the new one")
def optimizer_first(order: ModelOrder) -> Created:
    """`optimizer = AdamW(model.parameters())`, and only then `model.classifier = nn.Linear(...)`."""
    model = entry_point(order)
    held = frozenset(model.parameters())
    plain_heads(model, order)
    return Created(model, optimised=held)
