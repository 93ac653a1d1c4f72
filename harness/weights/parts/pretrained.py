"""What a creation method is told about the weights, and what is needed to verify them afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

StateDict = Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class Pretrained:
    """Pretrained weights, described for timm.

    `arguments` are the keywords that make timm load them, `structure` the constructor arguments that the weights
    were made with, `num_classes` the width of the head that they hold (None without weights), and `state_dict`
    reads the tensors once more, for verification alone.
    """

    source: str
    label: str | None = None
    fingerprint: str | None = None
    tag: str | None = None
    arguments: dict[str, Any] = field(default_factory=dict)
    structure: dict[str, Any] = field(default_factory=dict)
    num_classes: int | None = None
    state_dict: Callable[[], StateDict] | None = None
