"""What the heads are: their layers, their width, how many they are."""

from __future__ import annotations

from harness.explain.difference import Difference
from harness.explain.differences.parts.modules import is_dropout, is_norm, is_pooling, listed, told
from harness.explain.subject import Subject


def head_structure(first: Subject, second: Subject) -> Difference | None:
    """Heads of another shape or number, and layers (not norm, pooling or drop-out) that one model lacks."""
    shapes = [", ".join(_shape(subject, name) for name in subject.built.heads) for subject in (first, second)]
    layers = [
        listed(subject, lambda module: not (is_norm(module) or is_pooling(module) or is_dropout(module)))
        for subject in (first, second)
    ]
    for found in layers:
        found.pop("Identity", None)
    extra = layers[0] - layers[1], layers[1] - layers[0]
    if not any(extra) and _widths(first) == _widths(second):
        return None
    texts = [f"{shape} (besides: {told(more)})" if more else shape for shape, more in zip(shapes, extra, strict=True)]
    return Difference("structure of the head", texts[0], texts[1])


def _widths(subject: Subject) -> list[tuple[int, ...]]:
    return [tuple(head.weight.flatten(1).shape) for head in subject.heads]


def _shape(subject: Subject, name: str) -> str:
    layer = subject.model.get_submodule(name)
    width = tuple(subject.heads[subject.built.heads.index(name)].weight.flatten(1).shape)
    return f"{name}: {type(layer).__name__} {width[1]} to {width[0]}"
