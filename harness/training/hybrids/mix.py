"""Puts traits of two creations together."""

from __future__ import annotations

import copy
from collections.abc import Collection
from dataclasses import replace

from harness.model.build import Built
from harness.spec.variants import load_variant, variants
from harness.training.hybrids.factor import Factor
from harness.training.hybrids.factors.optimiser_groups import hold_alike

TRAITS = "harness.training.hybrids.factors"


def traits(first: Built, second: Built) -> dict[str, Factor]:
    """Every trait in which the two differ, by its name."""
    found = {name: load_variant(TRAITS, name)(first, second) for name in variants(TRAITS)}
    return {name: trait for name, trait in found.items() if trait is not None}


def twin(built: Built) -> Built:
    """A copy that may be changed; the parameters that the optimiser holds are the copy's own."""
    names = dict(built.model.named_parameters())
    model = copy.deepcopy(built.model)
    held = built.optimised
    if held is not None:
        held = frozenset(tensor for name, tensor in model.named_parameters() if names[name] in held)
    return replace(built, model=model, optimised=held)


def mix(base: Built, first: Built, second: Built, takes: Collection[str]) -> Built:
    """The modules of `base`, and each trait of the second where `takes` names it, else of the first.

    `base`, a model of its own, is changed; what is taken is copied. Each trait is written whole, whichever end it comes
    from, so that it does not matter in which order traits are named. Within, a draw comes before its scale, and what
    the optimiser holds after all that makes parameters.
    """
    found = traits(first, second)
    for name in sorted(found):
        take = found[name].take
        if take is not None:
            base = take(base, second if name in takes else first)
    return hold_alike(base, second if "optimiser_groups" in takes else first)
