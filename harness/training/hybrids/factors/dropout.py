"""Dropout rates in force."""

from __future__ import annotations

import copy

from torch import nn

from harness.model.build import Built
from harness.model.wrappers import plain_name
from harness.training.hybrids.factors import Factor, told
from harness.training.hybrids.pairs import is_dropout
from harness.training.initial_diagnostics import rates


def dropout(first: Built, second: Built) -> Factor | None:
    """Of units and of paths, by module and by the model's own rate."""
    ours, theirs = rates(first.model), rates(second.model)
    if ours == theirs:
        return None
    changed = [name for name in ours if ours[name] != theirs[name]]
    texts = [", ".join(f"{name} {found[name]:g}" for name in changed) for found in (ours, theirs)]
    return Factor(told("dropout rates", texts[0], texts[1]), _take)


def _take(hybrid: Built, source: Built) -> Built:
    """The source's dropout modules where the hybrid has a place for them, i.e. such a module or the identity.

    A rate of zero is built as the identity by timm, and a module that the source lacks drops nothing there.
    """
    theirs = {plain_name(name): module for name, module in source.model.named_modules()}
    for name, module in list(hybrid.model.named_modules()):
        other = theirs.get(plain_name(name), nn.Identity())
        if is_dropout(module) or (isinstance(module, nn.Identity) and is_dropout(other)):
            hybrid.model.set_submodule(name, copy.deepcopy(other) if is_dropout(other) else nn.Identity())
        elif isinstance(getattr(module, "drop_rate", None), float) and hasattr(other, "drop_rate"):
            module.drop_rate = other.drop_rate
    return hybrid
