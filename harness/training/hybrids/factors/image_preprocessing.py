"""How images are prepared."""

from __future__ import annotations

from dataclasses import asdict, replace

from harness.model.build import Built
from harness.training.hybrids.factors import Factor, told


def image_preprocessing(first: Built, second: Built) -> Factor | None:
    """Mean, deviation, interpolation and crop, all at once: they belong to one set of weights."""
    ours, theirs = asdict(first.preprocessing), asdict(second.preprocessing)
    changed = [name for name in ours if ours[name] != theirs[name]]
    if not changed:
        return None
    texts = [", ".join(f"{name} {found[name]}" for name in changed) for found in (ours, theirs)]
    return Factor(told("preprocessing", texts[0], texts[1]), _take)


def _take(hybrid: Built, source: Built) -> Built:
    return replace(hybrid, preprocessing=source.preprocessing)
