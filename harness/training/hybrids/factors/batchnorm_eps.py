"""What BatchNorm adds to the variance."""

from __future__ import annotations

from harness.model.build import Built
from harness.training.hybrids.factors import Factor
from harness.training.hybrids.factors._batchnorm import differing


def batchnorm_eps(first: Built, second: Built) -> Factor | None:
    """By layer, of those that both have."""
    return differing(first, second, "eps")
