"""An audit is inert: whatever it does to a model is undone."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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
