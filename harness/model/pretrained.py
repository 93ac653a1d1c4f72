"""What a creation method is told about the weights, and what is needed to verify them afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

StateDict = Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class Pretrained:
    """Pretrained weights, described for timm.

    `arguments` are the keywords that make the library load them, `structure` the constructor arguments that the
    weights were made with, `num_classes` the width of the head that they hold (None without weights), `file` the file
    that holds them where there is one, `preprocessing` what is stated of it beside them, and `state_dict` reads the
    tensors once more, for verification. `changes` says in words what was done to the keys of a file, nothing where they
    are the architecture's.
    """

    source: str
    label: str | None = None
    fingerprint: str | None = None
    tag: str | None = None
    arguments: dict[str, Any] = field(default_factory=dict)
    structure: dict[str, Any] = field(default_factory=dict)
    num_classes: int | None = None
    file: Path | None = None
    preprocessing: dict[str, Any] = field(default_factory=dict)
    changes: tuple[str, ...] = ()
    state_dict: Callable[[], StateDict] | None = None
