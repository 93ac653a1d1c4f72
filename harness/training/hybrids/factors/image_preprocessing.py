"""How the values of images are prepared."""

from __future__ import annotations

from dataclasses import replace

from harness.model.build import Built
from harness.training.hybrids.factors import Factor, told

FIELDS = ("mean", "std", "interpolation")


def image_preprocessing(first: Built, second: Built) -> Factor | None:
    """Mean, deviation and interpolation, all at once: they belong to one set of weights."""
    ours, theirs = first.preprocessing, second.preprocessing
    changed = [name for name in FIELDS if getattr(ours, name) != getattr(theirs, name)]
    if not changed:
        return None
    texts = [", ".join(f"{name} {getattr(found, name)}" for name in changed) for found in (ours, theirs)]
    return Factor(told("preprocessing", texts[0], texts[1]), _take)


def _take(hybrid: Built, source: Built) -> Built:
    taken = {name: getattr(source.preprocessing, name) for name in FIELDS}
    return replace(hybrid, preprocessing=replace(hybrid.preprocessing, **taken))
