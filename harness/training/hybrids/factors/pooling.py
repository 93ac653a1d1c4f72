"""How features become one vector."""

from __future__ import annotations

from collections import Counter

from harness.model.build import Built
from harness.model.wrappers import wrapper_of
from harness.training.hybrids.factors import Factor, told
from harness.training.hybrids.pairs import is_pooling, listed, named


def pooling(first: Built, second: Built) -> Factor | None:
    """timm's `global_pool` where a model states it, and the pooling layers."""
    stated = [getattr(_core(built), "global_pool", None) for built in (first, second)]
    names = [value if isinstance(value, str) else None for value in stated]
    ours, theirs = listed(first, is_pooling), listed(second, is_pooling)
    if ours == theirs and (None in names or names[0] == names[1]):
        return None
    return Factor(told("pooling", names[0] or _layers(ours - theirs), names[1] or _layers(theirs - ours)))


def _layers(found: Counter[str]) -> str:
    return named(found) if found else "no layer of its own"


def _core(built: Built) -> object:
    return built.model.get_submodule(wrapper_of(built.model))
