"""Which dropout a head's inputs go through: overheard in one forward pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.modules.batchnorm import _NormBase
from torch.overrides import TorchFunctionMode

from harness.spec.errors import ImpossibleConfiguration

_PLAIN = frozenset({functional.dropout, torch.dropout})
_OTHER = frozenset(
    {
        functional.dropout1d, functional.dropout2d, functional.dropout3d,
        functional.alpha_dropout, functional.feature_alpha_dropout,
    }
)  # fmt: skip
_ALIKE = frozenset(
    {
        "flatten", "unflatten", "view", "view_as", "reshape", "reshape_as", "squeeze", "unsqueeze", "permute",
        "transpose", "movedim", "contiguous", "clone", "to", "float", "double", "half", "bfloat16", "type", "type_as",
        "detach", "select", "narrow", "__getitem__", "__get__", "chunk", "split", "unbind", "expand",
    }
)  # fmt: skip
"""Functions that give the very numbers that they are given, or some of them: what was dropped stays dropped."""

_JOINED = frozenset({"cat", "concat", "concatenate", "stack"})


@dataclass(frozen=True)
class _Dropped:
    """What happened to a tensor since the last parameter: the fraction dropped, and what is no plain dropout of it."""

    rate: float
    otherwise: str | None = None


class _Overheard(TorchFunctionMode):
    """Follows what dropout gives through a forward pass, up to the next parameter."""

    def __init__(self) -> None:
        super().__init__()
        # The tensors are kept, so that their addresses stay theirs.
        self._known: dict[int, tuple[Tensor, _Dropped]] = {}

    def of(self, tensor: Tensor) -> _Dropped | None:
        """What was dropped from a tensor, None where nothing was."""
        known = self._known.get(id(tensor))
        return known[1] if known else None

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        dropped = self._after(func, args, kwargs)
        result = func(*args, **kwargs)
        for tensor in _tensors((result,)):
            self._known.pop(id(tensor), None)
            if dropped is not None:
                self._known[id(tensor)] = tensor, dropped
        return result

    def _after(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Dropped | None:
        given = list(_tensors((*args, *kwargs.values())))
        if any(isinstance(tensor, nn.Parameter) for tensor in given):
            return None
        earlier = next((found for tensor in given if (found := self.of(tensor))), None)
        if func in _PLAIN | _OTHER:
            return _drop(func, args, kwargs, earlier)
        name = getattr(func, "__name__", str(func))
        if earlier is None or name in _ALIKE or (name in _JOINED and len({self.of(tensor) for tensor in given}) == 1):
            return earlier
        return _Dropped(earlier.rate, earlier.otherwise or f"dropout before {name}")


def _drop(
    func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], earlier: _Dropped | None
) -> _Dropped | None:
    """Twice a fraction is dropped as once a larger one is."""
    rate = float(kwargs.get("p", args[1] if len(args) > 1 else 0.5))
    if not rate or not kwargs.get("training", args[2] if len(args) > 2 else True):
        return earlier
    before = earlier or _Dropped(0.0)
    otherwise = None if func in _PLAIN else func.__name__
    return _Dropped(1 - (1 - before.rate) * (1 - rate) if before.rate else rate, before.otherwise or otherwise)


def _tensors(values: Sequence[Any]) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, tuple | list):
            yield from _tensors(value)


@contextmanager
def _heads_learn(model: nn.Module, heads: Sequence[str]) -> Iterator[None]:
    """Train mode as where the heads alone learn: what else has parameters is in eval mode, and so is any norm layer.

    Modes and buffers are as before on the way out.
    """
    modes = [(module, module.training) for module in model.modules()]
    buffers = [(buffer, buffer.clone()) for buffer in model.buffers()]
    learning = {id(each) for head in heads for each in model.get_submodule(head).parameters()}
    model.train()
    for module in model.modules():
        inside = [id(each) for each in module.parameters()]
        if isinstance(module, _NormBase) or (inside and learning.isdisjoint(inside)):
            module.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training
        with torch.no_grad():
            for buffer, before in buffers:
                buffer.copy_(before)


def dropout_before(model: nn.Module, heads: Sequence[str], images: Tensor) -> tuple[float, ...]:
    """The fraction of its inputs that each head loses while the heads alone learn, by modules and functions alike.

    A neck's first module stands for its head. Dropout within the backbone, or before one of its layers, is the
    backbone's, which is in eval mode. The model and torch's random state are left as they were. `images` [N, 3, S, S]
    are normalised and on the model's device.

    Raises:
        ImpossibleConfiguration: a head is never called, or something else than dropout of single features lies before
            it.
    """
    overheard, found = _Overheard(), dict[str, _Dropped | None]()

    def arrives(head: str) -> Callable[..., None]:
        def hear(module: nn.Module, inputs: tuple[Any, ...]) -> None:
            found[head] = overheard.of(inputs[0])

        return hear

    handles = [model.get_submodule(head).register_forward_pre_hook(arrives(head)) for head in heads]
    devices = [images.device] if images.is_cuda else []
    try:
        with _heads_learn(model, heads), torch.random.fork_rng(devices), torch.no_grad(), overheard:
            model(images)
    finally:
        for handle in handles:
            handle.remove()
    for head in heads:
        if head not in found:
            raise ImpossibleConfiguration(
                "creation: the head is never called in the forward pass, and no features reach it"
            )
        dropped = found[head]
        if dropped is not None and dropped.otherwise is not None:
            raise ImpossibleConfiguration(
                f"transfer: a linear probe drops single features before its head, and this model has "
                f"{dropped.otherwise}; use transfer=frozen_backbone"
            )
    return tuple(dropped.rate if (dropped := found[head]) else 0.0 for head in heads)
