"""One architecture, built for measurement: without its backbone's draw where that is possible."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from harness.diagnose.atlas.libraries import Library
from harness.model.heads import SharedHeadDraw

_FILLS = frozenset(
    {
        nn.init.uniform_, nn.init.normal_, nn.init.kaiming_uniform_, nn.init.kaiming_normal_, nn.init.constant_,
        torch.Tensor.uniform_, torch.Tensor.normal_, torch.Tensor.fill_, torch.Tensor.zero_, torch.Tensor.erfinv_,
        torch.Tensor.add_, torch.Tensor.mul_, torch.Tensor.div_, torch.Tensor.clamp_,
    }
)  # fmt: skip
"""What fills a tensor or scales it in place. On meta tensors torch would only check shapes, but takes long for it."""


class SkipBackbone(TorchFunctionMode):
    """While active, `torch.empty` of two or more dimensions has storage only where its first side is `rows`.

    Layers allocate their weights with `torch.empty` and draw them afterwards. Biases and other vectors, buffers and
    whatever is computed keep their storage: they are small, and constructors read some of them.
    """

    def __init__(self, rows: int) -> None:
        super().__init__()
        self._rows = rows

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if func is torch.empty:
            size = _size(args, kwargs)
            backbone = len(size) > 1 and size[0] != self._rows
            # named for the head too: a reset puts its new head on the device where the first parameter lies
            kwargs = {**kwargs, "device": "meta" if backbone else "cpu"}
        elif func in _FILLS:
            tensor = args[0] if args else kwargs["tensor"]
            if tensor.is_meta:
                return tensor
        return func(*args, **kwargs)


def _size(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Sequence[int]:
    """`torch.empty(2, 3)`, `torch.empty((2, 3))` and `torch.empty(size=(2, 3))` are the same."""
    if not args:
        size: Sequence[int] = kwargs["size"]
        return size
    return args[0] if isinstance(args[0], Sequence) else args


SEED = 0


class NotDrawn(Exception):  # noqa: N818 - no fault of the architecture's: it is built in full instead
    """The head was made in a way that left it without values."""


@contextlib.contextmanager
def drawing(rows: int, skip: bool = True) -> Iterator[None]:
    """Heads of `rows` outputs are drawn from one fixed stream, so that distributions and scales compare without luck.

    The caller's random state is left as it was.
    """
    with torch.random.fork_rng(devices=()), contextlib.ExitStack() as stack:
        torch.manual_seed(SEED)
        stack.enter_context(SharedHeadDraw(SEED, rows))
        if skip:
            stack.enter_context(SkipBackbone(rows))
        yield


def build(library: Library, architecture: str, num_classes: int | None, rows: int, skip: bool = True) -> nn.Module:
    """A model of the library, with dropout switched on where its constructor takes that.

    `rows` is the number of classes whose head is of interest, which `num_classes` leaves to the library if None.
    """
    with drawing(rows, skip):
        try:
            return library.create(architecture, num_classes, **library.options)
        except TypeError:
            return library.create(architecture, num_classes)
