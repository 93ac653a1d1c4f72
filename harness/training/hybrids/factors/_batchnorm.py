"""Settings of BatchNorm layers: they hold no tensor, and no weights file tells of them."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

from torch.nn.modules.batchnorm import _BatchNorm

from harness.model.build import Built
from harness.model.wrappers import plain_name
from harness.training.hybrids.factors import Factor, told


def settings(built: Built, key: str) -> dict[str, Any]:
    """The attribute of each BatchNorm layer, by its plain name."""
    modules = built.model.named_modules()
    return {plain_name(name): getattr(module, key) for name, module in modules if isinstance(module, _BatchNorm)}


def differing(first: Built, second: Built, key: str) -> Factor | None:
    """The factor, where layers that both models have differ in the attribute.

    Of two networks that share no name, as another library's class of one of timm's, it is the value that all layers
    have.
    """
    ours, theirs = settings(first, key), settings(second, key)
    shared = ours.keys() & theirs.keys()
    if not shared:
        values = {*ours.values()}, {*theirs.values()}
        if [len(each) for each in values] != [1, 1] or values[0] == values[1]:
            return None
    elif all(ours[name] == theirs[name] for name in shared):
        return None
    return Factor(told(f"BatchNorm's {key}", _told(ours), _told(theirs)), partial(_take, key=key))


def _told(found: dict[str, Any]) -> str:
    counted = Counter("none" if value is None else f"{value:g}" for value in found.values())
    if len(counted) == 1:
        return next(iter(counted))
    return ", ".join(f"{value} in {count} layers" for value, count in counted.most_common())


def _take(hybrid: Built, source: Built, key: str) -> Built:
    ours, theirs = settings(hybrid, key), settings(source, key)
    if not ours.keys() & theirs.keys():
        theirs = dict.fromkeys(ours, next(iter(theirs.values())))
    for name, module in hybrid.model.named_modules():
        if isinstance(module, _BatchNorm) and plain_name(name) in theirs:
            setattr(module, key, theirs[plain_name(name)])
    return hybrid
