"""A classifier of transformers' own, with a head for so many classes: what its documentation shows."""

from __future__ import annotations

from harness.model.creation import Created, ModelOrder
from harness.model.creation._library import needs
from harness.model.transformers_models import classifier, native_heads
from harness.spec.errors import ImpossibleConfiguration


def transformers(order: ModelOrder) -> Created:
    """`AutoModelForImageClassification.from_pretrained(PLACE, num_labels=n, ignore_mismatched_sizes=True)`.

    Of a timm architecture it is transformers' own class of the same network, where there is one: timm's weights are
    converted into a folder of it, and what both models hand to their heads has to be the same.

    Raises:
        RequestError: transformers is not installed, or knows no such model.
        ImpossibleConfiguration: the architecture is torchvision's, or one of timm's that transformers does not have.
    """
    if order.library == "transformers":
        model = classifier(order, order.num_classes)
        return Created(model, heads=native_heads(model))
    if order.library != "timm":
        raise ImpossibleConfiguration(
            f"creation: transformers makes models of its own and of timm's networks, not of {order.library}'s; use "
            "creation=swap_head"
        )
    needs("transformers", "AutoModelForImageClassification")
    from harness.model.native.conversion import convert

    made = convert(order)
    return Created(made.model, heads=native_heads(made.model), renamed=made.rename)
