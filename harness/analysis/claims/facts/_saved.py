"""A model's weights as a file, as a user has them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import timm
import torch
from torch import Tensor, nn

NAMES = ("resnet18", "vit_tiny_patch16_224")
"""A network whose stages timm hooks or flattens, and one whose blocks it wraps."""


@contextmanager
def saved(name: str) -> Iterator[tuple[nn.Module, Path]]:
    """A freshly drawn model and the file that holds its weights."""
    torch.manual_seed(0)
    model = timm.create_model(name)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{name}.pth"
        torch.save(model.state_dict(), file)
        yield model, file


def loaded(model: nn.Module, source: nn.Module) -> tuple[int, int]:
    """How many of a model's weight matrices equal the source's of the same name, the wrapper's prefix left out."""
    theirs = source.state_dict()
    found = [(name.removeprefix("model."), tensor) for name, tensor in model.state_dict().items() if tensor.ndim > 1]
    equal = [name for name, tensor in found if _same(tensor, theirs.get(name))]
    return len(equal), len(found)


def _same(tensor: Tensor, other: Tensor | None) -> bool:
    return other is not None and tensor.shape == other.shape and torch.equal(tensor, other)
