"""The layers that one model has and the other has not, by kind and place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from torch import nn

from harness.model.build import Built

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


def is_dropout(module: nn.Module) -> bool:
    """Dropout of units or of paths."""
    return any(word in type(module).__name__.lower() for word in ("dropout", "droppath", "stochasticdepth"))


def is_pooling(module: nn.Module) -> bool:
    """Pooling of any kind."""
    return "pool" in type(module).__name__.lower()
