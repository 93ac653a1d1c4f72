"""The libraries that the atlas can measure, one a file, and what it asks of each."""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import nn


class Library(Protocol):
    """A library under measurement; each one is a variant in `harness.diagnose.atlas.libraries`."""

    name: str
    version: str
    options: dict[str, Any]
    """Constructor options under which a model shows its dropout, where it takes them."""

    def architectures(self) -> list[str]:
        """All that the library lists."""
        ...

    def family(self, architecture: str) -> str:
        """The module that an architecture is defined in."""
        ...

    def create(self, architecture: str, num_classes: int | None, **options: Any) -> nn.Module:
        """Direct creation, without weights; the library's own number of classes for None."""
        ...

    def side(self, model: nn.Module) -> tuple[int, int, int]:
        """Channels, height and width of an image that the model takes."""
        ...

    def features(self, model: nn.Module, images: torch.Tensor) -> Any:
        """What `logits` needs, computed once for all heads tried on one backbone."""
        ...

    def logits(self, model: nn.Module, features: Any) -> Any:
        """The model's output for these features."""
        ...
