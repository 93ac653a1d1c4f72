"""A function of the user's own: it may build any model, timm's or not. It is the user's code, run as it is."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from harness.model.creation import ModelOrder
from harness.spec.errors import RequestError

NAME = "logits"


def give_logits(model: nn.Module) -> nn.Module:
    """Have a model answer with its logits alone, whatever object it wraps them in; its modules keep their names."""
    model.register_forward_hook(_take)
    return model


def _take(module: nn.Module, inputs: Any, output: Any) -> Tensor:
    return logits_of(output)


def logits_of(output: Any) -> Tensor:
    """The logits [N, classes] in a model's output.

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


def custom(order: ModelOrder) -> nn.Module:
    """Call `creation.target`, a `module.function`, with `num_classes=` and the entries of `creation.kwargs`.

    Where the model answers with an object, a dictionary or a tuple, its logits are taken; see `logits_of`.

    Raises:
        RequestError: it did not return a torch module.
    """
    module, _, name = (order.target or "").rpartition(".")
    if os.getcwd() not in sys.path:  # the user's module lies where the command was started
        sys.path.insert(0, os.getcwd())
    model = getattr(importlib.import_module(module), name)(num_classes=order.num_classes, **order.kwargs)
    if not isinstance(model, nn.Module):
        raise RequestError(f"creation.target: {order.target} returned {type(model).__name__}, not a torch module")
    return give_logits(model)
