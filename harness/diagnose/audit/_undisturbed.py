"""An audit is inert: whatever it does to a model is undone."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any

import torch
from torch import nn


def _save_random() -> tuple[Any, ...]:
    numpy = sys.modules.get("numpy")
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() and torch.cuda.is_initialized() else None
    return random.getstate(), torch.get_rng_state(), cuda, numpy.random.get_state() if numpy else None


def _restore_random(state: tuple[Any, ...]) -> None:
    python, cpu, cuda, numpy = state
    random.setstate(python)
    torch.set_rng_state(cpu)
    if cuda is not None:
        torch.cuda.set_rng_state_all(cuda)
    if numpy is not None:
        sys.modules["numpy"].random.set_state(numpy)


@contextmanager
def undisturbed(*models: nn.Module) -> Iterator[None]:
    """Restore buffers, modes, `requires_grad`, gradients and every random state on the way out.

    Gradients are to be taken with `torch.autograd.grad`, which leaves `.grad` alone. Inside, gradients are recorded
    whatever the caller's mode is.
    """
    modules = [module for model in models for module in model.modules()]
    modes = [(module, module.training) for module in modules]
    parameters = [parameter for model in models for parameter in model.parameters()]
    flags = [(parameter, parameter.requires_grad, parameter.grad) for parameter in parameters]
    buffers = [
        (module, name, buffer, None if buffer is None else buffer.detach().clone())
        for module in modules
        for name, buffer in module._buffers.items()
    ]
    state = _save_random()
    try:
        with torch.inference_mode(False), torch.enable_grad():
            yield
    finally:
        with torch.no_grad():
            for module, name, buffer, content in buffers:
                if buffer is not None and content is not None and not _same(buffer, content):
                    buffer.copy_(content)
                module._buffers[name] = buffer
        for module, training in modes:
            module.training = training
        for parameter, flag, gradient in flags:
            parameter.requires_grad_(flag)
            parameter.grad = gradient
        _restore_random(state)


def _same(buffer: torch.Tensor, content: torch.Tensor) -> bool:
    return buffer.shape == content.shape and torch.equal(buffer, content)


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


@contextmanager
def eagerly() -> Iterator[None]:
    """Run what was compiled as it was written: compiling takes minutes and is done anew under every hook."""
    if "torch._dynamo" not in sys.modules:
        yield
        return
    with torch.compiler.set_stance("force_eager"):
        yield
