"""One forward pass in eval mode, and what every module put out on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn


@dataclass
class Flow:
    """What went through one module: smallest and largest value of its input and its output, over all its calls."""

    module: nn.Module
    inputs: tuple[float, float] | None
    outputs: tuple[float, float]


@dataclass
class Pass:
    """A forward pass: `logits`, `flows` of the leaf modules in order of execution, `features` by head."""

    logits: Any
    flows: dict[str, Flow] = field(default_factory=dict)
    features: dict[str, Tensor] = field(default_factory=dict)


def first_tensor(value: Any) -> Tensor | None:
    """The tensor among a model's outputs that a loss is computed from: the first, or the one called logits."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, Mapping):
        named = [value[key] for key in ("logits", "out") if key in value]
        return first_tensor((named or list(value.values()) or [None])[0])
    if isinstance(value, tuple | list):
        return first_tensor(value[0]) if value else None
    return first_tensor(value.logits) if hasattr(value, "logits") else None


def _plain(module: nn.Module) -> dict[str, tuple[Any, Any]]:
    """A module's own attributes, torch's aside: each with a copy of its content where it is a dict or a list."""
    return {
        name: (value, copy(value) if type(value) in (dict, list) else None)
        for name, value in vars(module).items()
        if not name.startswith("_") and name != "training"
    }


def _put_back(module: nn.Module, attributes: dict[str, tuple[Any, Any]]) -> None:
    for name in [name for name in vars(module) if not name.startswith("_") and name not in attributes]:
        if name != "training":
            delattr(module, name)
    for name, (value, content) in attributes.items():
        if vars(module).get(name) is not value:
            setattr(module, name, value)
        if content is not None and type(value) is dict:
            value.clear()
            value.update(content)
        elif content is not None:
            value[:] = content


@contextmanager
def mode(model: nn.Module, training: bool) -> Iterator[None]:
    """Every module in one mode, without the model's own `train()`, which may do more.

    Buffers are put back, and so are caches and counters that modules keep as plain attributes.
    """
    kept = [(module, _plain(module)) for module in model.modules()]
    modes = [(module, module.training) for module in model.modules()]
    buffers = [(buffer, buffer.detach().clone()) for buffer in model.buffers()] if training else []
    for module, _ in modes:
        module.training = training
    try:
        yield
    finally:
        for module, attributes in kept:
            _put_back(module, attributes)
        for module, before in modes:
            module.training = before
        with torch.no_grad():
            for buffer, content in buffers:
                buffer.copy_(content)


def _range(tensor: Tensor) -> tuple[float, float]:
    low, high = torch.aminmax(tensor.detach())
    return float(low), float(high)


def _widen(old: tuple[float, float] | None, new: tuple[float, float] | None) -> tuple[float, float] | None:
    if old is None or new is None:
        return old or new
    return min(old[0], new[0]), max(old[1], new[1])


@contextmanager
def watched(model: nn.Module, seen: Pass, heads: tuple[str, ...]) -> Iterator[None]:
    """Fill `seen` while the model runs."""

    def look(name: str, module: nn.Module) -> Any:
        def hook(_: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
            put, got = first_tensor(output), first_tensor(inputs)
            if put is None or not put.is_floating_point() or not put.numel():
                return
            before = _range(got) if got is not None and got.is_floating_point() and got.numel() else None
            known = seen.flows.get(name)
            ranged = _range(put)
            if known is None:
                seen.flows[name] = Flow(module, before, ranged)
            else:
                known.inputs, known.outputs = _widen(known.inputs, before), _widen(known.outputs, ranged) or ranged
            if name in heads and got is not None:
                seen.features[name] = got.detach()

        return module.register_forward_hook(hook)

    if isinstance(model, torch.jit.ScriptModule):  # takes no hooks
        yield
        return
    leaves = [(name, module) for name, module in model.named_modules() if not any(module.children()) or name in heads]
    handles = [look(name, module) for name, module in leaves]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def answer(model: nn.Module, images: Tensor, heads: tuple[str, ...] = ()) -> Pass:
    """Run the model in eval mode without gradients."""
    seen = Pass(None)
    with mode(model, False), watched(model, seen, heads), torch.no_grad():
        seen.logits = first_tensor(model(images))
    return seen
