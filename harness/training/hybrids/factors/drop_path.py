"""Stochastic depth: whole paths are dropped."""

from __future__ import annotations

from harness.model.build import Built
from harness.training.hybrids.factors import Factor
from harness.training.hybrids.factors._dropping import differing_rates, factor, put_layers
from harness.training.hybrids.pairs import is_drop_path


def drop_path(first: Built, second: Built) -> Factor | None:
    """The largest rate of any block."""
    return factor("stochastic depth", differing_rates(first, second, ("drop_path_rate",)), _take)


def _take(hybrid: Built, source: Built) -> Built:
    return put_layers(hybrid, source, is_drop_path)
