"""What the heads are: their layers, their width, how many they are."""

from __future__ import annotations

from harness.model.build import Built
from harness.training.hybrids.factors import Factor, told
from harness.training.hybrids.pairs import is_dropout, is_norm, is_pooling, listed, named
from harness.training.hybrids.pairs import layers as head_layers


def structure(first: Built, second: Built) -> Factor | None:
    """Heads of another shape or number, and layers (not norm, pooling or dropout) that one model lacks."""
    shapes = [", ".join(_shape(built, name) for name in built.heads) for built in (first, second)]
    layers = [
        listed(built, lambda module: not (is_norm(module) or is_pooling(module) or is_dropout(module)))
        for built in (first, second)
    ]
    for found in layers:
        found.pop("Identity", None)
    extra = layers[0] - layers[1], layers[1] - layers[0]
    if not any(extra) and _widths(first) == _widths(second):
        return None
    texts = [f"{shape} (besides: {named(more)})" if more else shape for shape, more in zip(shapes, extra, strict=True)]
    return Factor(told("structure of the head", texts[0], texts[1]))


def _widths(built: Built) -> list[tuple[int, ...]]:
    return [tuple(head.weight.flatten(1).shape) for head in head_layers(built)]


def _shape(built: Built, name: str) -> str:
    layer = built.model.get_submodule(name)
    width = tuple(head_layers(built)[built.heads.index(name)].weight.flatten(1).shape)
    return f"{name}: {type(layer).__name__} {width[1]} to {width[0]}"
