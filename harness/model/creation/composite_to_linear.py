"""A head of several parts (norm, MLP, dropout) replaced whole by a Linear."""

from __future__ import annotations

from torch import Tensor, nn

from harness.model.creation import Created, ModelOrder, known_faulty
from harness.model.creation._composite import pool
from harness.model.entry_point import entry_point
from harness.model.heads import find_heads, within_backbone
from harness.spec.errors import ImpossibleConfiguration


class PooledLinear(nn.Linear):
    """A Linear on the mean over all positions."""

    def forward(self, features: Tensor, pre_logits: bool = False) -> Tensor:
        """Logits [N, classes], or the pooled features."""
        pooled = pool(features, self.in_features)
        return pooled if pre_logits else super().forward(pooled)


@known_faulty("what stood in the old head before its last Linear (norm, hidden layers, dropout) is lost")
def composite_to_linear(order: ModelOrder) -> Created:
    """`model.head = nn.Linear(features, n)` where `model.head` was more than a Linear.

    Raises:
        ImpossibleConfiguration: the head is a single layer or a part of the backbone, or what reaches it is not known.
    """
    model = entry_point(order)
    [*_, head] = find_heads(model)
    top, nested, _ = head.partition(".")
    if within_backbone(model, head):
        raise ImpossibleConfiguration(f"creation: the head of {order.architecture} is a part of its backbone")
    if not nested:
        raise ImpossibleConfiguration(
            f"creation: the head of {order.architecture} is one layer; nothing is lost with it"
        )
    first = next((layer for layer in model.get_submodule(top).modules() if isinstance(layer, nn.Linear)), None)
    width = getattr(model, "num_features", None) or (first.in_features if first is not None else None)
    if not isinstance(width, int):
        raise ImpossibleConfiguration(f"creation: what reaches {top} of {order.architecture} is not known")
    setattr(model, top, PooledLinear(width, order.num_classes))
    return Created(model, heads=(top,))
