"""Layers that drop units or paths in training, taken from one model into another."""

from __future__ import annotations

import copy
from collections.abc import Callable

from torch import nn

from harness.model.build import Built
from harness.model.wrappers import plain_name
from harness.training.hybrids.factors import Factor, told
from harness.training.initial_diagnostics import rates

IsKind = Callable[[nn.Module], bool]


def differing_rates(first: Built, second: Built, kinds: tuple[str, ...]) -> tuple[str, str] | None:
    """The rates of these kinds in the first and in the second, in words; None where they are equal."""
    ours, theirs = rates(first.model), rates(second.model)
    changed = [name for name in kinds if ours[name] != theirs[name]]
    if not changed:
        return None
    first_told, second_told = (", ".join(f"{name} {found[name]:g}" for name in changed) for found in (ours, theirs))
    return first_told, second_told


def factor(what: str, rates_told: tuple[str, str] | None, take: Callable[[Built, Built], Built]) -> Factor | None:
    """The factor, where rates differ."""
    return None if rates_told is None else Factor(told(what, *rates_told), take)


def put_layers(hybrid: Built, source: Built, is_kind: IsKind) -> Built:
    """The source's layers of a kind where the hybrid has a place for them, i.e. such a layer or the identity.

    A rate of zero is built as the identity by timm, and a layer that the source lacks drops nothing there.
    """
    theirs = {plain_name(name): module for name, module in source.model.named_modules()}
    for name, module in list(hybrid.model.named_modules()):
        other = theirs.get(plain_name(name), nn.Identity())
        if is_kind(module) or (isinstance(module, nn.Identity) and is_kind(other)):
            hybrid.model.set_submodule(name, copy.deepcopy(other) if is_kind(other) else nn.Identity())
    return hybrid
