"""The head replaced together with the dropout before it."""

from __future__ import annotations

from torch import nn

from harness.model.creation import ModelOrder, known_faulty
from harness.model.entry_point import entry_point, plain_heads


@known_faulty("the head's dropout went with the old head")
def dropout_lost(order: ModelOrder) -> nn.Module:
    """`model.classifier = nn.Linear(...)` in place of dropout and Linear.

    timm's models drop out by a module beside the head or by a rate of the model's own: both are gone, as they would
    be with a forward pass of one's own.
    """
    model = entry_point(order)
    for head in plain_heads(model, order):
        beside = model.get_submodule(head.rpartition(".")[0])
        for name, module in beside.named_children():
            if isinstance(module, nn.Dropout):
                setattr(beside, name, nn.Identity())
    if hasattr(model, "drop_rate"):
        model.drop_rate = 0.0  # type: ignore[assignment]
    return model
