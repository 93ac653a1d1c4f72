"""The order in which a network uses its parameters, seen in one forward pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode


class _FirstUses(TorchFunctionMode):
    """Notes each parameter when a torch function first takes it; reading an attribute of it is no use."""

    def __init__(self, names: dict[int, str]) -> None:
        super().__init__()
        self._names = names
        self.seen: dict[str, None] = {}

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if getattr(func, "__name__", "") != "__get__":
            self._note([*args, *kwargs.values()])
        return func(*args, **kwargs)

    def _note(self, values: list[Any] | tuple[Any, ...]) -> None:
        for value in values:
            if isinstance(value, Tensor):
                name = self._names.get(id(value))
                if name is not None:
                    self.seen.setdefault(name)
            elif isinstance(value, list | tuple):
                self._note(value)


def forward_order(model: nn.Module, images: Tensor) -> tuple[str, ...]:
    """Names of the parameters that a pass in eval mode uses, in the order of their first use.

    `images` [N, 3, S, S] lie where the model lies (the meta device included). Modes and random state are left as they
    were found.
    """
    uses = _FirstUses({id(parameter): name for name, parameter in model.named_parameters()})
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.random.fork_rng([images.device] if images.is_cuda else []), torch.no_grad(), uses:
            model(images)
    finally:
        for module, training in modes:
            module.training = training
    return tuple(uses.seen)
