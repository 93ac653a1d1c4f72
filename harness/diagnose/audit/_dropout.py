"""Which dropout really takes place: every call of a forward pass in train mode is observed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from harness.diagnose.audit._undisturbed import mode

_DROPOUTS = frozenset(
    {
        functional.dropout, functional.dropout1d, functional.dropout2d, functional.dropout3d,
        functional.alpha_dropout, functional.feature_alpha_dropout, torch.dropout,
    }
)  # fmt: skip
_ATTENTION = frozenset({functional.scaled_dot_product_attention})
PATH_CLASSES = ("DropPath", "StochasticDepth")


@dataclass(frozen=True)
class ObservedDrop:
    """One dropout: the probability to drop, the module that applied it, and which of the timm drop rates it is."""

    rate: float
    place: str
    kind: str


class _Overheard(TorchFunctionMode):
    def __init__(self, stack: list[tuple[str, str]]) -> None:
        super().__init__()
        self.drops: set[ObservedDrop] = set()
        self._stack = stack

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func in _DROPOUTS and kwargs.get("training", args[2] if len(args) > 2 else True):
            self._hear(float(kwargs.get("p", args[1] if len(args) > 1 else 0.5)), None)
        elif func in _ATTENTION:
            self._hear(float(kwargs.get("dropout_p", args[4] if len(args) > 4 else 0.0)), "attn_drop_rate")
        elif func is Tensor.bernoulli_ and (keep := kwargs.get("p", args[1] if len(args) > 1 else None)) is not None:
            self._hear(1 - float(keep), "drop_path_rate")
        return func(*args, **kwargs)

    def _hear(self, rate: float, kind: str | None) -> None:
        name, cls = self._stack[-1] if self._stack else ("", "")
        if rate > 0:
            self.drops.add(ObservedDrop(round(rate, 6), name, kind or _kind(name, cls)))


def _kind(name: str, cls: str) -> str:
    """Which of timm's rates a dropout belongs to, by the names that timm gives its modules."""
    last = name.rpartition(".")[2]
    if cls in PATH_CLASSES:
        return "drop_path_rate"
    if last == "attn_drop":
        return "attn_drop_rate"
    inside = any(part in name.split(".") for part in ("blocks", "layers", "stages", "encoder"))
    return "proj_drop_rate" if inside else "drop_rate"


def drops(model: nn.Module, images: Tensor) -> frozenset[ObservedDrop]:
    """Everything that drops in train mode, with its rate."""
    stack: list[tuple[str, str]] = []

    def enter(name: str) -> Callable[..., None]:
        return lambda module, inputs: stack.append((name, type(module).__name__))

    def leave(module: nn.Module, inputs: Any, output: Any) -> None:
        stack.pop()

    handles = []
    for name, module in model.named_modules():
        handles += [module.register_forward_pre_hook(enter(name)), module.register_forward_hook(leave)]
    overheard = _Overheard(stack)
    try:
        with mode(model, True), torch.no_grad(), overheard:
            model(images)
    finally:
        for handle in handles:
            handle.remove()
    return frozenset(overheard.drops)


def largest(found: frozenset[ObservedDrop], kind: str) -> float:
    """The largest rate of one kind; stochastic depth grows along the network up to the rate asked for."""
    return max((drop.rate for drop in found if drop.kind == kind), default=0.0)
