"""Creation methods: the independent variable. One function in one file; its YAML in conf/creation names it.

A variant is a function `(order) -> model` that builds the model ordered, in any way it likes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ModelOrder:
    """What every creation method is asked for: a model of `architecture` with `num_classes` outputs.

    `loading` are the keywords that make timm load the pretrained weights, `pretrained_classes` the width of the
    head that those weights hold (None without weights), `options` the drop rates and constructor arguments asked
    for. `target` and `kwargs` are there for `custom` alone.
    """

    architecture: str
    num_classes: int
    loading: dict[str, Any] = field(default_factory=dict)
    pretrained_classes: int | None = None
    options: dict[str, Any] = field(default_factory=dict)
    target: str | None = None
    kwargs: dict[str, Any] = field(default_factory=dict)
