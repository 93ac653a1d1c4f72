"""The line of code that changes a model's head, written for the model at hand; needs no torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Head = Mapping[str, Any]
"""What a record's diagnostics tell of a head: its `name`, `kind` (Linear, Conv2d, ...) and `in_features`."""


def attribute(name: str, model: str = "model") -> str:
    """A module's name as Python reads it: `head.fc` is `model.head.fc`, `classifier.1` is `model.classifier[1]`."""
    return model + "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in name.split("."))


def swapped(heads: Sequence[Head], classes: str = "n") -> str:
    """Puts a plain layer of `classes` outputs where each head is, in its width.

    Where the head is a convolution, so is the new layer. Heads of several layers keep what stands before the last one.
    """
    return _joined(f"{attribute(head['name'])} = {_layer(head, classes)}" for head in heads)


def zeroed(heads: Sequence[Head]) -> str:
    """Sets the weights of every head to zero."""
    return _joined(f"torch.nn.init.zeros_({attribute(head['name'])}.weight)" for head in heads)


def redrawn(heads: Sequence[Head]) -> str:
    """Draws every head as torch draws its kind of layer."""
    return _joined(f"{attribute(head['name'])}.reset_parameters()" for head in heads)


def _layer(head: Head, classes: str) -> str:
    if "Conv" in str(head["kind"]):
        return f"torch.nn.Conv2d({head['in_features']}, {classes}, kernel_size=1)"
    return f"torch.nn.Linear({head['in_features']}, {classes})"


def _joined(lines: Any) -> str:
    return "; ".join(lines)
