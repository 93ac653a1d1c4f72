"""What a creation method needs of an order."""

from __future__ import annotations

from pathlib import Path

from harness.model.creation import ModelOrder
from harness.spec.errors import ImpossibleConfiguration


def timm_only(order: ModelOrder, call: str) -> None:
    """Refuse an architecture of another library.

    Raises:
        ImpossibleConfiguration: the library has no such call.
    """
    if order.library != "timm":
        raise ImpossibleConfiguration(
            f"creation: {order.library} has no {call}; use backbone.library=timm, or creation=swap_head"
        )


def weights_file(order: ModelOrder, call: str) -> Path:
    """The file that holds the weights.

    Raises:
        ImpossibleConfiguration: the weights are none that lie in a file.
    """
    if order.weights_file is None:
        raise ImpossibleConfiguration(
            f"creation: {call} reads a file; use weights=bundled, or weights=file weights.path=FILE"
        )
    return order.weights_file


def width(backbone: object, architecture: str) -> int:
    """Number of features before the classifier, as timm states it.

    Raises:
        ImpossibleConfiguration: it states none.
    """
    stated = getattr(backbone, "head_hidden_size", None) or getattr(backbone, "num_features", None)
    if not isinstance(stated, int):
        raise ImpossibleConfiguration(f"creation: {architecture} does not state the width of its features")
    return stated
