"""A trait in which two creations differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.models.build import Built

Take = Callable[[Built, Built], Built]
"""`(hybrid, source) -> hybrid`: the hybrid, which may be changed, with this trait of the source."""


@dataclass(frozen=True)
class Trait:
    """What it is, how it stands in the first and in the second creation, and how it is taken over.

    `take` is None where a trait cannot be put on another structure; it then comes with the modules themselves. `inert`
    is a difference in name alone: it is worth telling, and nothing follows from it.
    """

    what: str
    first: str
    second: str
    take: Take | None = None
    inert: bool = False
