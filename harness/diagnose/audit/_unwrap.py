"""The model inside what people wrap around one: `torch.compile`, data parallelism, classes of their own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

COMPILED = "_orig_mod"
PARALLEL = (nn.DataParallel, nn.parallel.DistributedDataParallel)
PREFIXES = (f"{COMPILED}.", "module.")


def unwrapped(model: nn.Module) -> tuple[nn.Module, str]:
    """The module that a compiled or parallel one calls, and how to write it in Python, starting from `model`.

    A compiled module has the very modules and parameters of the one that it was made from, and passes attributes on
    to it; so it is written `model`.
    """
    written = "model"
    while True:
        inner = getattr(model, COMPILED, None) if type(model).__name__ == "OptimizedModule" else None
        if isinstance(inner, nn.Module):
            model = inner
        elif isinstance(model, PARALLEL):
            model, written = model.module, f"{written}.module"
        else:
            return model, written


def plain(name: str) -> str:
    """A parameter's name without what the outer wrappers put before it."""
    while name.startswith(PREFIXES):
        name = name.partition(".")[2]
    return name


def stating(model: nn.Module) -> tuple[str, nn.Module]:
    """Name and module of what says which layer classifies (timm's models do): the model itself, or one inside it.

    The model itself, under the empty name, where none says so.
    """
    for name, module in model.named_modules():
        if hasattr(type(module), "get_classifier"):
            return name, module
    return "", model


@contextmanager
def eagerly() -> Iterator[None]:
    """Run what was compiled as it was written: compiling takes minutes and is done anew under every hook."""
    if "torch._dynamo" not in sys.modules:
        yield
        return
    with torch.compiler.set_stance("force_eager"):
        yield
