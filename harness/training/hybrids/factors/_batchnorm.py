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
    """The factor, where layers that both models have differ in the attribute."""
    ours, theirs = settings(first, key), settings(second, key)
    if all(ours[name] == theirs[name] for name in ours.keys() & theirs.keys()):
        return None
    return Factor(told(f"BatchNorm's {key}", _told(ours), _told(theirs)), partial(_take, key=key))


def _told(found: dict[str, Any]) -> str:
    counted = Counter("none" if value is None else f"{value:g}" for value in found.values())
    if len(counted) == 1:
        return next(iter(counted))
    return ", ".join(f"{value} in {count} layers" for value, count in counted.most_common())


def _take(hybrid: Built, source: Built, key: str) -> Built:
    theirs = settings(source, key)
    for name, module in hybrid.model.named_modules():
        if isinstance(module, _BatchNorm) and plain_name(name) in theirs:
            setattr(module, key, theirs[plain_name(name)])
    return hybrid
