"""Logits out of whatever a model of the user's own answers with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from harness.spec.errors import RequestError

NAME = "logits"


def give_logits(model: nn.Module) -> nn.Module:
    """Have a model answer with its logits alone, whatever object it wraps them in; its modules keep their names."""
    model.register_forward_hook(_take)
    return model


def _take(module: nn.Module, inputs: Any, output: Any) -> Tensor:
    return logits_of(output)


def logits_of(output: Any) -> Tensor:
    """The logits in a model's output.

    A tensor is taken as it is. Else the attribute or entry `logits`, as in transformers; of a tuple or list without
    one the first tensor, as in timm and torchvision; of a dictionary its only tensor.

    Raises:
        RequestError: none of these is there.
    """
    if isinstance(output, Tensor):
        return output
    named = output.get(NAME) if isinstance(output, Mapping) else getattr(output, NAME, None)
    if isinstance(named, Tensor):
        return named
    values = output.values() if isinstance(output, Mapping) else output if isinstance(output, tuple | list) else ()
    tensors = [value for value in values if isinstance(value, Tensor)]
    if tensors and (len(tensors) == 1 or not isinstance(output, Mapping)):
        return tensors[0]
    held = f" of {', '.join(map(str, output))}" if isinstance(output, Mapping) else ""
    raise RequestError(
        f"creation.target: the model answers with {type(output).__name__}{held}, in which no logits are found; "
        "return a tensor, or name it logits"
    )
