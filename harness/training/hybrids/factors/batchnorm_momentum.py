"""How fast BatchNorm's running statistics follow the batches: the weight of the newest batch."""

from __future__ import annotations

from harness.model.build import Built
from harness.training.hybrids.factors import Factor
from harness.training.hybrids.factors._batchnorm import differing


def batchnorm_momentum(first: Built, second: Built) -> Factor | None:
    """By layer, of those that both have."""
    return differing(first, second, "momentum")
