"""The factors in which two creations can differ, one a file.

A variant is a function `(first, second) -> Factor | None` of two built models; its module's name is what `bridge.takes`
and the tables call it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from harness.model.build import Built

TakeOver = Callable[[Built, Built], Built]
"""`(hybrid, source) -> hybrid`: the hybrid, which may be changed, with this factor of the source."""


class Words(NamedTuple):
    """What a factor is, and how it stands in the first and in the second creation."""

    what: str
    first: str
    second: str


@dataclass(frozen=True)
class Factor:
    """A difference in words, and how it is taken over.

    The words are found when they are asked for: recognising a distribution takes long, and no run needs it. `take` is
    None where a factor cannot be put on another structure; it then comes with the modules themselves. `inert` is a
    difference in name alone: it is worth telling, and nothing follows from it.
    """

    words: Callable[[], Words]
    take: TakeOver | None = None
    inert: bool = False


def told(what: str, first: str, second: str) -> Callable[[], Words]:
    """Words that are known already."""
    return lambda: Words(what, first, second)
