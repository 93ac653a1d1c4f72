"""Which parameters the optimizer holds."""

from __future__ import annotations

from dataclasses import replace

from harness.model.build import Built
from harness.training.hybrids.factors import Factor, told
from harness.training.hybrids.pairs import parameter_names


def optimiser_groups(first: Built, second: Built) -> Factor | None:
    """By the parameters left out, under one name where the creations call them differently."""
    ours, theirs = _free(first), _free(second)
    if ours == theirs:
        return None
    return Factor(told("parameters that no optimizer group holds", _told(ours), _told(theirs)), hold_alike)


def hold_alike(hybrid: Built, source: Built) -> Built:
    """The hybrid, of which the optimizer holds what it holds of the source."""
    free = _free(source)
    if not free:
        return replace(hybrid, optimised=None)
    names = parameter_names(hybrid)
    held = frozenset(tensor for name, tensor in hybrid.model.named_parameters() if names[name] not in free)
    return replace(hybrid, optimised=held)


def _free(built: Built) -> frozenset[str]:
    held = built.optimised
    if held is None:
        return frozenset()
    names = parameter_names(built)
    return frozenset(names[name] for name, tensor in built.model.named_parameters() if tensor not in held)


def _told(free: frozenset[str]) -> str:
    return ", ".join(sorted(free)) or "none"
