"""A forward pass written down: what went into and came out of every module, in order of execution."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

SAMPLE = 4096
"""Values of a tensor that are kept, evenly spaced, beside its norm: any change that spreads shows in them."""

Side = Literal["in", "out"]
Key = tuple[str, Side, int]
"""Module's name, before or after its forward pass, and which of its calls."""


@dataclass(frozen=True)
class Sketch:
    """Shapes of the tensors at one place, their norms, and some of their values, float64 [at most SAMPLE each]."""

    shapes: tuple[tuple[int, ...], ...]
    norms: tuple[float, ...]
    values: Tensor

    @classmethod
    def of(cls, value: Any) -> Sketch | None:
        """None where there is no tensor of floating point."""
        tensors = [each.detach() for each in _tensors(value) if each.is_floating_point() and each.numel()]
        if not tensors:
            return None
        kept = [each.flatten()[:: max(1, each.numel() // SAMPLE)][:SAMPLE].double().cpu() for each in tensors]
        norms = tuple(float(each.double().norm()) for each in tensors)
        return cls(tuple(tuple(each.shape) for each in tensors), norms, torch.cat(kept))

    def change(self, other: Sketch) -> float:
        """How far the other lies from this one as a fraction of this one's size; infinite where the shapes differ."""
        if self.shapes != other.shapes:
            return float("inf")
        size = max(float(self.values.norm()), float(other.values.norm()))
        apart = float((self.values - other.values).norm()) / size if size > 0 else 0.0
        largest = max((*self.norms, *other.norms))
        norms = max(abs(a - b) for a, b in zip(self.norms, other.norms, strict=True)) / largest if largest > 0 else 0.0
        return max(apart, norms)


@dataclass(frozen=True)
class Seen:
    """A sketch, and the name of the module in whose forward pass it was taken."""

    sketch: Sketch
    caller: str


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _tensors(each)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _tensors(each)


def trace(model: nn.Module, names: Mapping[nn.Module, str], images: Tensor) -> dict[Key, Seen]:
    """Run the model as it is, and note what passes every module that has a name.

    `images` [N, C, H, W]. Whatever the model raises is passed on.
    """
    seen: dict[Key, Seen] = {}
    calls: Counter[str] = Counter()
    stack: list[str] = []

    def note(name: str, side: Side, value: Any) -> None:
        sketch = Sketch.of(value)
        if sketch is not None:
            seen[name, side, calls[name]] = Seen(sketch, stack[-1] if stack else "")

    def enter(name: str) -> Callable[..., None]:
        def hook(module: nn.Module, inputs: Any, named: Any) -> None:
            calls[name] += 1
            note(name, "in", (inputs, named))
            stack.append(name)

        return hook

    def leave(name: str) -> Callable[..., None]:
        def hook(module: nn.Module, inputs: Any, output: Any) -> None:
            stack.pop()
            note(name, "out", output)

        return hook

    handles = []
    for module, name in names.items():
        handles.append(module.register_forward_pre_hook(enter(name), with_kwargs=True))
        handles.append(module.register_forward_hook(leave(name)))
    try:
        with torch.no_grad():
            model(images)
    finally:
        for handle in handles:
            handle.remove()
    return seen
