"""timm's own grouping of a network's parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from timm.models import group_parameters
from torch import nn


def groups_of_library(
    model: nn.Module, backbone: Sequence[str], order: Mapping[str, int], fine: bool
) -> list[list[str]] | None:
    """The groups of `group_matcher`; None where there are none, or they do not begin in the order of the forward pass.

    What timm counts with the head (or matches by no pattern) and is not the head's goes with the last group. `order`
    gives the place of each parameter that the forward pass uses.
    """
    matcher: Any = getattr(model, "group_matcher", None)
    if matcher is None:
        return None
    try:
        numbers: dict[str, int] = group_parameters(model, matcher(coarse=not fine), reverse=True)
    except (AssertionError, NotImplementedError):  # how timm says that a model has no such groups
        return None
    groups: dict[int, list[str]] = {}
    for name in backbone:
        groups.setdefault(numbers[name], []).append(name)
    found = [groups[number] for number in sorted(groups)]
    if max(numbers.values()) in groups and len(found) > 1:
        rest = found.pop()
        found[-1] += rest
    begins = [min((order[name] for name in group if name in order), default=-1) for group in found]
    return found if len(found) > 1 and -1 not in begins and begins == sorted(begins) else None
