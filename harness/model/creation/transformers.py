"""A classifier of transformers' own, with a head for so many classes: what its documentation shows."""

from __future__ import annotations

from harness.model.creation import Created, ModelOrder
from harness.model.transformers_models import classifier, native_heads
from harness.spec.errors import ImpossibleConfiguration


def transformers(order: ModelOrder) -> Created:
    """`AutoModelForImageClassification.from_pretrained(PLACE, num_labels=n, ignore_mismatched_sizes=True)`.

    Raises:
        RequestError: transformers is not installed, or knows no such model.
        ImpossibleConfiguration: the architecture is another library's.
    """
    if order.library != "transformers":
        raise ImpossibleConfiguration(
            f"creation: transformers makes models of backbone.library=transformers, not {order.library}'s; "
            "use creation=transformers_timm for timm's"
        )
    model = classifier(order, order.num_classes)
    return Created(model, heads=native_heads(model))
