"""Two models side by side: their heads, the names of their tensors, and the layers that only one of them has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import torch
from torch import Tensor, nn

from harness.model.build import Built
from harness.model.heads import HeadLayer, head_layer
from harness.model.verify import backbone_tensors
from harness.model.wrappers import plain_name

EQUAL = 1e-5
"""Relative deviation of scales that float32 arithmetic alone may leave."""

SAME = 1e-4
"""Deviation of unit draws, of about 1, that float32 arithmetic may leave."""


def layers(built: Built) -> list[HeadLayer]:
    """The heads themselves."""
    return [head_layer(built.model, name) for name in built.heads]


def weights(built: Built) -> list[Tensor]:
    """The heads' weights as matrices [classes, features]."""
    return [head.weight.detach().flatten(1) for head in layers(built)]


def origin(built: Built) -> str:
    """`read from mine (fc.weight, fc.bias)`, or `drawn fresh`."""
    keys = [key for head in built.head_keys for key in head]
    return (
        f"read from {built.pretrained.label or built.pretrained.source} ({', '.join(keys)})" if keys else "drawn fresh"
    )


def comparable(first: Built, second: Built) -> bool:
    """Whether the heads have the same shapes, so that one's tensors fit the other."""
    return [tensor.shape for tensor in weights(first)] == [tensor.shape for tensor in weights(second)]


def scale(weight: Tensor) -> float:
    """Root mean square of a tensor of any shape: the scale of a draw about zero."""
    return float(weight.pow(2).mean().sqrt())


def equal_scales(first: float, second: float) -> bool:
    """Whether two scales agree but for rounding."""
    return abs(first - second) <= EQUAL * max(first, second)


def same_up_to_scale(first: Tensor, second: Tensor) -> bool:
    """Whether two draws of one shape are the same, their scales set aside; zeros are like any."""
    scales = scale(first), scale(second)
    return 0.0 in scales or torch.allclose(first / scales[0], second / scales[1], atol=SAME)


def put(built: Built, tensors: list[Tensor]) -> Built:
    """Write these weights, [classes, features] each, into the heads."""
    with torch.no_grad():
        for head, tensor in zip(layers(built), tensors, strict=True):
            head.weight.copy_(tensor.view_as(head.weight))
    return built


def backbone(built: Built) -> dict[str, Tensor]:
    """Backbone tensors by plain name."""
    return {plain_name(name): tensor for name, tensor in backbone_tensors(built.model, built.on_top).items()}


def state(built: Built) -> dict[str, Tensor]:
    """Backbone tensors by plain name, BatchNorm's counters of steps among them."""
    heads = tuple(f"{name}." for name in built.on_top)
    tensors = built.model.state_dict().items()
    return {plain_name(name): tensor for name, tensor in tensors if not name.startswith(heads)}


def parameter_names(built: Built) -> dict[str, str]:
    """For each parameter of a model its plain name; a head's starts with `head` and its number."""
    found = {}
    for name, _ in built.model.named_parameters():
        at = next((at for at, head in enumerate(built.heads) if name.startswith(f"{head}.")), None)
        tail = "" if at is None else name.removeprefix(f"{built.heads[at]}.")
        found[name] = plain_name(name) if at is None else f"head {at}: {tail}"
    return found


IsKind = Callable[[nn.Module], bool]


def listed(built: Built, kind: IsKind) -> Counter[str]:
    """Class names of the leaf modules of a kind, counted, the heads left out."""
    heads = set(built.heads)
    return Counter(
        type(module).__name__
        for name, module in built.model.named_modules()
        if name not in heads and not list(module.children()) and kind(module)
    )


def named(found: Counter[str]) -> str:
    """`3 x LayerNorm, Dropout`."""
    return ", ".join(name if count == 1 else f"{count} x {name}" for name, count in sorted(found.items())) or "none"


def is_norm(module: nn.Module) -> bool:
    """BatchNorm, LayerNorm, GroupNorm, RMSNorm and their relatives, by their class' name."""
    return "norm" in type(module).__name__.lower()


def is_unit_dropout(module: nn.Module) -> bool:
    """Dropout of units."""
    return "dropout" in type(module).__name__.lower()


def is_drop_path(module: nn.Module) -> bool:
    """Dropout of paths."""
    return any(word in type(module).__name__.lower() for word in ("droppath", "stochasticdepth"))


def is_dropout(module: nn.Module) -> bool:
    """Dropout of units or of paths."""
    return is_unit_dropout(module) or is_drop_path(module)


def is_pooling(module: nn.Module) -> bool:
    """Pooling of any kind."""
    return "pool" in type(module).__name__.lower()
