"""Passes through a model: what comes out, what every module puts out, and which parameters the outputs depend on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from harness.diagnose.audit._undisturbed import mode
from harness.training.recipe.losses import image_losses


@dataclass
class Flow:
    """What went through one module: smallest and largest value of its input and its output, over all its calls."""

    module: nn.Module
    inputs: tuple[float, float] | None
    outputs: tuple[float, float]


@dataclass
class Pass:
    """A forward pass: `logits`, `flows` of the leaf modules in order of execution, `features` by head.

    `calls` tells how often each leaf module with parameters was called.
    """

    logits: Any
    flows: dict[str, Flow] = field(default_factory=dict)
    features: dict[str, Tensor] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)


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
            if module._parameters:
                seen.calls[name] = seen.calls.get(name, 0) + 1
            put, got = first_tensor(output), first_tensor(inputs)
            if put is None or put.is_meta or not put.is_floating_point() or not put.numel():
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


FEW = 2  # images are enough to see what is connected


def connected(model: nn.Module, images: Tensor, training: bool, known: frozenset[str] = frozenset()) -> frozenset[str]:
    """Names of the parameters that the outputs have a gradient to in one mode, frozen ones included.

    Those that are `known` are not asked for again: auxiliary heads are used in train mode alone. A random cotangent is
    sent back: a zero-initialised head cuts nothing, its gradient is zero but there.
    """
    named = [(name, each) for name, each in model.named_parameters() if each.is_floating_point()]
    missing = [(name, each) for name, each in named if name not in known]
    if not missing:
        return frozenset()
    flags = [(each, each.requires_grad) for _, each in named]
    for _, each in named:
        each.requires_grad_(True)
    try:
        with mode(model, training):  # until the gradients are taken: they need BatchNorm's buffers as they were left
            outputs = _tensors(model(images[:FEW]))
            total = sum((output * torch.randn_like(output)).sum() for output in outputs if output.requires_grad)
            if not isinstance(total, Tensor):
                return frozenset()
            gradients = torch.autograd.grad(total, [each for _, each in missing], allow_unused=True)
        return frozenset(name for (name, _), each in zip(missing, gradients, strict=True) if each is not None)
    finally:
        for each, flag in flags:
            each.requires_grad_(flag)


def _tensors(outputs: object) -> list[Tensor]:
    """Every float tensor among the outputs, auxiliary ones included."""
    if isinstance(outputs, tuple | list):
        return [tensor for each in outputs for tensor in _tensors(each)]
    if isinstance(outputs, dict):
        return [tensor for each in outputs.values() for tensor in _tensors(each)]
    found = first_tensor(outputs)
    return [found] if found is not None and found.is_floating_point() else []


def head_gradient(model: nn.Module, images: Tensor, labels: Tensor, weight: nn.Parameter) -> float:
    """Root mean square over the entries of the loss's gradient in a head's weight, in eval mode.

    Labels are classes [N], or of several labels an image rows of 0 and 1, [N, L].
    """
    flag = weight.requires_grad
    weight.requires_grad_(True)
    try:
        with mode(model, False):
            logits = first_tensor(model(images))
        assert logits is not None
        [gradient] = torch.autograd.grad(image_losses(logits.float(), labels).mean(), [weight])
    finally:
        weight.requires_grad_(flag)
    return float(gradient.square().mean().sqrt())
