"""One thing that a claim says of a library, whether it is so, and the model files it is tried on."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import timm
import torch
from torch import Tensor, nn

LONGEST = 160


@dataclass(frozen=True)
class Fact:
    """`on` is what it was tried on; `so` is whether it is as the claim says."""

    claim: int
    says: str
    on: str
    so: bool
    evidence: str


def failure(call: Callable[[], Any]) -> str | None:
    """The first line of what a call raises, or None where it goes through."""
    try:
        call()
    except Exception as error:  # whatever a library raises is the finding
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        text = f"{type(error).__name__}: {' '.join(lines[:2])}"
        return text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."
    return None


MODELS = ("resnet18", "vit_tiny_patch16_224")
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
