"""Creation methods: the independent variable. A new method is a new file here, and `creation=NAME` chooses it.

**The contract.** `creation/NAME.py` defines a function of the same name, and `conf/creation/NAME.yaml` says `name:
NAME`:

    def NAME(order: ModelOrder) -> nn.Module | Created: ...

It builds the model that is ordered, in any way it likes, on the CPU: images [N, 3, S, S] to logits [N, num_classes].
Weights are loaded with the keywords `order.loading`, or from `order.weights_file`. What is around it is the same for
all methods: the random state is seeded before the call and the head's own draws are shared, the head is found (the last
layer of `num_classes` outputs, or what timm's `get_classifier` names), the loaded tensors are verified, and the init
scheme is put in place. So a method sets no seed and initialises nothing beyond what its own route does.

A method that has more to say than a model returns `Created`: its heads by name, the layers of its own before them
(`neck`), or the parameters that the optimizer holds. One that is wrong on purpose, because people do it, is marked
`known_faulty("what is wrong")`, and is refused unless `weights.verify=record`. An architecture that a method cannot
make raises `ImpossibleConfiguration`, with what to use instead.

**Example.** timm's factory, and a fresh head by its own reset:

    def two_steps(order: ModelOrder) -> nn.Module:
        '''`create_model(name, pretrained=True)`, then `reset_classifier(n)`.'''
        model = timm.create_model(order.architecture, **order.own_classes, **order.loading, **order.arguments)
        model.reset_classifier(order.num_classes)
        return model
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import nn

from harness.model.pretrained import StateDict


@dataclass(frozen=True)
class ModelOrder:
    """What every creation method is asked for: a model of `architecture` with `num_classes` outputs.

    `loading` are the keywords that make the library load the pretrained weights, `pretrained_classes` the width of
    the head that those weights hold (None without weights), `weights_file` the file that holds them where there is
    one, `options` the drop rates and constructor arguments asked for, `pool` the pooling asked for (None keeps the
    architecture's), `size` the side of the images in pixels. `target` and `kwargs` are there for `custom` alone.
    """

    architecture: str
    num_classes: int
    library: str = "timm"
    loading: dict[str, Any] = field(default_factory=dict)
    pretrained_classes: int | None = None
    weights_file: Path | None = None
    options: dict[str, Any] = field(default_factory=dict)
    pool: str | None = None
    size: int | None = None
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
    """A model, and where it matters, its heads, those that the init scheme is about, and the optimizer's parameters.

    `heads` None: whichever are found; `drawn` None: the heads; `optimised` None: every parameter that learns. `neck`
    are the modules between backbone and head that no weights hold (BatchNorm, hidden layers), in the order in which
    they are called: with a neck there is one head, and nothing but the neck lies before it.
    """

    model: nn.Module
    heads: tuple[str, ...] | None = None
    drawn: tuple[str, ...] | None = None
    optimised: frozenset[nn.Parameter] | None = None
    neck: tuple[str, ...] = ()
    renamed: Callable[[StateDict], StateDict] | None = None


def known_faulty(fault: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a creation method that is wrong on purpose; `fault` says in a few words what is wrong with it."""

    def mark(method: Callable[..., Any]) -> Callable[..., Any]:
        method.fault = fault  # type: ignore[attr-defined]
        return method

    return mark
