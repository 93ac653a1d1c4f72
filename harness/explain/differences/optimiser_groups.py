"""Which parameters the optimiser holds."""

from __future__ import annotations

from dataclasses import replace

from harness.explain.difference import Difference
from harness.explain.subject import Subject
from harness.explain.tensors import plain_name


def optimiser_groups(first: Subject, second: Subject) -> Difference | None:
    """The first model, of which the optimiser holds what it holds of the second."""
    ours, theirs = _free(first), _free(second)
    if ours == theirs:
        return None
    twin = first.twin()
    held = frozenset(tensor for name, tensor in twin.model.named_parameters() if plain_name(name) not in theirs)
    hybrid = replace(twin, built=replace(twin.built, optimised=held))
    return Difference("parameters that no optimiser group holds", _told(ours), _told(theirs), hybrid)


def _free(subject: Subject) -> frozenset[str]:
    held = subject.built.optimised
    if held is None:
        return frozenset()
    return frozenset(plain_name(name) for name, tensor in subject.model.named_parameters() if tensor not in held)


def _told(free: frozenset[str]) -> str:
    return ", ".join(sorted(free)) or "none"
