"""Changes to layers of a created model: its norm layers are exchanged, its first convolution gets another stride."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.instancenorm import _InstanceNorm

from harness.spec.errors import ImpossibleConfiguration
from harness.spec.variants import load_variant

KINDS = (_BatchNorm, nn.GroupNorm, nn.LayerNorm, _InstanceNorm)


@dataclass(frozen=True)
class Exchange:
    """Names of the norm layers exchanged, and of those kept as the new kind cannot stand in their place."""

    exchanged: tuple[str, ...]
    kept: tuple[str, ...]


class FeaturesLast(nn.Module):
    """A norm of maps [N, C, H, W] at work on [N, ..., C], the layout of tokens."""

    def __init__(self, norm: nn.Module) -> None:
        super().__init__()
        self.norm = norm

    def forward(self, inputs: Tensor) -> Tensor:
        """Normalise inputs [N, ..., C]; positions of whatever shape are one row."""
        rows = inputs.flatten(1, -2) if inputs.ndim > 2 else inputs.unsqueeze(1)
        normed: Tensor = self.norm(rows.transpose(1, 2).unsqueeze(-1))
        return normed.squeeze(-1).transpose(1, 2).reshape(inputs.shape)


def exchange_norms(model: nn.Module, kind: str, size: int, architecture: str) -> Exchange:
    """Put norm layers of `kind` in the place of all others, with their scale and shift.

    An activation that timm folds into a norm stays behind it. What a kind cannot do where images of `size` pixels leave
    a single position (instance norm, after pooling) stays as it is, and is told.

    Args:
        model: is changed in place.
        kind: a public function of `harness.model.norms`.
        size: side in pixels of the images that it is for.
        architecture: its name, for what is refused.

    Raises:
        ImpossibleConfiguration: there is no norm layer that could be exchanged.
    """
    make = load_variant("harness.model.norms", kind)
    found = {name: module for name, module in model.named_modules() if _features(module) and not _within(model, name)}
    others = {name: module for name, module in found.items() if not isinstance(module, _kind(make(2)))}
    if not others:
        reason = f"all norm layers of {architecture} are that already" if found else f"{architecture} has no norm layer"
        raise ImpossibleConfiguration(f"transfer.norm: {kind}: {reason}")
    exchanged, kept = [], []
    for name, positions in _positions(model, others, size).items():
        old = others[name]
        new = make(_features(old))
        if not _works(new, _features(old), positions):
            kept.append(name)
            continue
        parent, _, attribute = name.rpartition(".")
        setattr(model.get_submodule(parent), attribute, _replacement(old, new))
        exchanged.append(name)
    if not exchanged:
        raise ImpossibleConfiguration(
            f"transfer.norm: {kind}: {architecture} has none with several positions at {size} px"
        )
    return Exchange(tuple(exchanged), tuple(kept))


def _kind(module: nn.Module) -> type[nn.Module]:
    return next(kind for kind in KINDS if isinstance(module, kind))


def _features(module: nn.Module) -> int:
    """Channels of a norm layer over one feature dimension; 0 for whatever is none."""
    if isinstance(module, nn.LayerNorm):
        return module.normalized_shape[0] if len(module.normalized_shape) == 1 else 0
    if isinstance(module, nn.GroupNorm):
        return module.num_channels
    return module.num_features if isinstance(module, _BatchNorm | _InstanceNorm) else 0


def _within(model: nn.Module, name: str) -> bool:
    """Whether a norm is the inner part of another."""
    parent = name.rpartition(".")[0]
    return bool(name) and parent != name and bool(_features(model.get_submodule(parent)))


def _positions(model: nn.Module, norms: dict[str, nn.Module], size: int) -> dict[str, int]:
    """How many positions each norm layer sees of one image; those that are not called are left out."""
    seen: dict[str, int] = {}

    def watch(name: str, norm: nn.Module) -> Any:
        def note(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            seen[name] = inputs[0].numel() // (len(inputs[0]) * _features(norm))

        return norm.register_forward_pre_hook(note)

    handles = [watch(name, norm) for name, norm in norms.items()]
    try:
        with _undisturbed(model), torch.no_grad():
            model(torch.zeros(1, 3, size, size))
    finally:
        for handle in handles:
            handle.remove()
    return {name: seen[name] for name in norms if name in seen}


@contextmanager
def _undisturbed(model: nn.Module) -> Iterator[None]:
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.random.fork_rng([]):
            yield
    finally:
        for module, training in modes:
            module.training = training


def _works(new: nn.Module, features: int, positions: int) -> bool:
    """Whether torch computes it at so many positions in training; a batch has at least two images."""
    try:
        new(torch.zeros(2, features, positions, 1))
    except ValueError:
        return False
    finally:
        if isinstance(new, _BatchNorm):
            new.reset_running_stats()
    return True


def _replacement(old: Any, new: Any) -> nn.Module:
    with torch.no_grad():
        for part in ("weight", "bias"):
            values = getattr(old, part, None)
            if values is not None:
                getattr(new, part).copy_(values)
    new.train(old.training)
    if isinstance(old, nn.LayerNorm) and "2d" not in type(old).__name__:
        new = FeaturesLast(new)
    if hasattr(old, "act"):  # timm's layers of norm, dropout and activation in one
        return nn.Sequential(OrderedDict(norm=new, drop=old.drop, act=old.act))
    module: nn.Module = new
    return module


def set_first_stride(model: nn.Module, stride: int, architecture: str) -> None:
    """Give the first convolution another stride; its weights stay as they are.

    Images as small as CIFAR's would lose what they hold to an early downsampling.

    Raises:
        ImpossibleConfiguration: there is no convolution, or positions are counted behind it.
    """
    first = next((module for module in model.modules() if isinstance(module, nn.Conv2d)), None)
    if first is None:
        raise ImpossibleConfiguration(f"backbone.stride: {architecture} has no convolution")
    counted = any(name.rpartition(".")[2].startswith("pos_embed") for name, _ in model.named_parameters())
    if counted:
        raise ImpossibleConfiguration(
            f"backbone.stride: {architecture} counts its patches' positions; use backbone.kwargs.patch_size"
        )
    first.stride = (stride, stride)
