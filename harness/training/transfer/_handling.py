"""How a strategy's BatchNorm layers are handled, as `transfer.batchnorm` says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.nn.modules.batchnorm import _BatchNorm

from harness.data.images import Images
from harness.model.build import Built
from harness.spec.errors import ImpossibleCell
from harness.spec.spec import Spec
from harness.spec.variants import load_variant
from harness.training.learner import InputSource

NEUTRAL = "train"


@dataclass(frozen=True)
class Context:
    """What a handling may look at: the model on its device, the training part's images (validation included)."""

    spec: Spec
    built: Built
    images: Images
    device: torch.device
    batches: Callable[[Images], InputSource]

    @property
    def norms(self) -> tuple[tuple[str, _BatchNorm], ...]:
        """The BatchNorm layers by name."""
        return tuple((name, each) for name, each in self.built.model.named_modules() if isinstance(each, _BatchNorm))


@dataclass(frozen=True)
class BatchNormHandling:
    """`held`: the layers stay in eval mode; `only`: what may learn by name, None for all; `facts` for the record."""

    held: bool = False
    only: frozenset[str] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def handle_batchnorm(context: Context) -> BatchNormHandling:
    """Do before training what `transfer.batchnorm` asks for.

    Raises:
        ImpossibleCell: something is asked of BatchNorm layers, and there are none.
    """
    name = context.spec.transfer.batchnorm
    if name != NEUTRAL and not context.norms:
        exchanged = "" if context.spec.transfer.norm == "keep" else f" under transfer.norm={context.spec.transfer.norm}"
        raise ImpossibleCell(f"transfer.batchnorm: {context.spec.backbone.name} has no BatchNorm layer{exchanged}")
    handling: BatchNormHandling = load_variant("harness.training.batchnorm", name)(context)
    return handling
