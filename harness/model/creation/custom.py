"""A function of the user's own: it may build any model, timm's or not. It is the user's code, run as it is."""

from __future__ import annotations

import importlib
import os
import sys

from torch import nn

from harness.model.creation import ModelOrder
from harness.model.creation._logits import give_logits
from harness.spec.errors import RequestError


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
