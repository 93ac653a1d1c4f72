"""Creation methods: the independent variable. One function in one file; its YAML in conf/creation names it.

A variant is a function `(order) -> model` that builds the model ordered, in any way it likes. One that does more than
build (it holds other parameters in the optimiser, say) returns `Created`. One that is wrong on purpose, because people
do it, is marked `careless`; it is refused unless `weights.verify=record`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import nn


@dataclass(frozen=True)
class ModelOrder:
    """What every creation method is asked for: a model of `architecture` with `num_classes` outputs.

    `loading` are the keywords that make the library load the pretrained weights, `pretrained_classes` the width of
    the head that those weights hold (None without weights), `weights_file` the file that holds them where there is
    one, `options` the drop rates and constructor arguments asked for, `pool` the pooling asked for (None keeps the
    architecture's). `target` and `kwargs` are there for `custom` alone.
    """

    architecture: str
    num_classes: int
    library: str = "timm"
    loading: dict[str, Any] = field(default_factory=dict)
    pretrained_classes: int | None = None
    weights_file: Path | None = None
    options: dict[str, Any] = field(default_factory=dict)
    pool: str | None = None
    target: str | None = None
    kwargs: dict[str, Any] = field(default_factory=dict)

    @property
    def arguments(self) -> dict[str, Any]:
        """The options with the pooling among them, as timm's constructors take them."""
        return self.options if self.pool is None else {**self.options, "global_pool": self.pool}

    @property
    def own_classes(self) -> dict[str, Any]:
        """The number of classes of the pretrained head, for a constructor; nothing without weights."""
        return {} if self.pretrained_classes is None else {"num_classes": self.pretrained_classes}


@dataclass(frozen=True)
class Created:
    """A model, and where it matters, its heads, those to draw by the init scheme, and the optimiser's parameters.

    `heads` None: whichever are found; `drawn` None: the heads; `optimised` None: every parameter that learns.
    """

    model: nn.Module
    heads: tuple[str, ...] | None = None
    drawn: tuple[str, ...] | None = None
    optimised: frozenset[nn.Parameter] | None = None


def careless(fault: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a creation method that is wrong on purpose, with its fault in a few words."""

    def mark(method: Callable[..., Any]) -> Callable[..., Any]:
        method.fault = fault  # type: ignore[attr-defined]
        return method

    return mark
