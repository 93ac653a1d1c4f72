"""The factors that a bridge between two creations has to take over, each of them possible without the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from harness.model.build import Built
from harness.model.computation.compare import NotComparableError, compare
from harness.spec.spec import Spec, exchanged
from harness.training.hybrids.build import differing_factors, mix, twin
from harness.training.hybrids.factors import Factor, told

STRUCTURE = "structure"
FORWARD = Factor(told("forward pass", "its own", "its own"))
"""Named where two models of the same layers and tensors answer differently."""

CLOSE = 1e-4
"""Absolute and relative deviation of logits that float32 arithmetic may leave."""


def players(first: Spec, second: Spec, make: Callable[[Spec], Built]) -> dict[str, Factor]:
    """By name, in alphabetical order; empty where the two are the same model.

    Factors that come with the modules themselves are one, `structure`. Pooling and norm layers are their own where they
    were asked for as such (`backbone.pool`, `transfer.norm`), since either creation can be built with either of them.
    """
    ours, theirs = make(first), make(second)
    found = {
        name: factor for name, factor in differing_factors(ours, theirs).items() if factor.take and not factor.inert
    }
    reached, here = first, ours
    for name, step in (
        ("pooling", exchanged(first, second.backbone.pool, first.transfer.norm)),
        ("normalisation", exchanged(first, second.backbone.pool, second.transfer.norm)),
    ):
        if step != reached:
            there = make(step)
            changed = _structural(here, there)
            if changed:
                found[name] = _together(changed)
            reached, here = step, there
    left = _structural(here, theirs)
    hybrid = mix(twin(here), ours, theirs, found)
    shape = (2, first.backbone.in_chans, first.data.size, first.data.size)
    images = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    left = left or list(_computed(hybrid, theirs, images))
    if left or not _answer_alike(hybrid, theirs, images):
        found[STRUCTURE] = _together(left or [FORWARD])
    return dict(sorted(found.items()))


def _computed(hybrid: Built, second: Built, images: Tensor) -> Iterator[Factor]:
    """What the modules compute differently with the same tensors; none where they cannot be compared."""
    try:
        found = compare(hybrid.model, second.model, images, (hybrid.heads, second.heads))
    except NotComparableError:
        return
    for each in found:
        yield Factor(told(f"computation at {each.where}, in {each.when}", *each.words()))


def _answer_alike(hybrid: Built, second: Built, images: Tensor) -> bool:
    """Whether the differing_factors found are all there is: with them, one creation answers as the other does."""
    with torch.no_grad():
        answers = [built.model.eval()(images) for built in (hybrid, second)]
    return torch.allclose(answers[0], answers[1], rtol=CLOSE, atol=CLOSE)


def _structural(first: Built, second: Built) -> list[Factor]:
    return [factor for factor in differing_factors(first, second).values() if factor.take is None]


def _together(parts: list[Factor]) -> Factor:
    words = [each.words() for each in parts]
    if len(words) == 1:
        return Factor(told(*words[0]))
    sides = (
        "; ".join(f"{each.what} {side}" for each, side in zip(words, column, strict=True))
        for column in ([each.first for each in words], [each.second for each in words])
    )
    return Factor(told(f"structure ({', '.join(each.what for each in words)})", *sides))
