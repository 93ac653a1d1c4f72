"""Which parameters the outputs depend on: asked of autograd."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from harness.diagnose.audit._answers import first_tensor, mode

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
    """Root mean square over the entries of the loss's gradient in a head's weight, eval mode, cross-entropy."""
    flag = weight.requires_grad
    weight.requires_grad_(True)
    try:
        with mode(model, False):
            logits = first_tensor(model(images))
        assert logits is not None
        [gradient] = torch.autograd.grad(torch.nn.functional.cross_entropy(logits.float(), labels), [weight])
    finally:
        weight.requires_grad_(flag)
    return float(gradient.square().mean().sqrt())
