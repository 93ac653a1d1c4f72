"""Dropout of units."""

from __future__ import annotations

from harness.model.build import Built
from harness.model.wrappers import plain_name
from harness.training.hybrids.factors import Factor
from harness.training.hybrids.factors._dropping import differing_rates, factor, put_layers
from harness.training.hybrids.pairs import is_unit_dropout

KINDS = ("drop_rate", "attn_drop_rate", "proj_drop_rate")


def dropout(first: Built, second: Built) -> Factor | None:
    """The rates in force, by layer and by the model's own attribute."""
    return factor("dropout rates", differing_rates(first, second, KINDS), _take)


def _take(hybrid: Built, source: Built) -> Built:
    """The layers, and the rate that a model without such a layer keeps as its attribute."""
    put_layers(hybrid, source, is_unit_dropout)
    theirs = {plain_name(name): module for name, module in source.model.named_modules()}
    for name, module in hybrid.model.named_modules():
        rate = getattr(theirs.get(plain_name(name)), "drop_rate", None)
        if isinstance(getattr(module, "drop_rate", None), float) and rate is not None:
            module.drop_rate = rate
    return hybrid
