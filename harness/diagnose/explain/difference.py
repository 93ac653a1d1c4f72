"""A difference between two creations."""

from __future__ import annotations

from dataclasses import dataclass

from harness.diagnose.explain.effect import Effect
from harness.diagnose.explain.subject import ExplainedModel


@dataclass(frozen=True)
class Difference:
    """What it is, how it stands in the first and in the second creation, and the first with this trait of the second.

    `hybrid` is None where one trait cannot be taken over alone (another structure); its effect is then what is left
    when all that can be taken over is, and shared with the others of that kind.
    """

    what: str
    first: str
    second: str
    hybrid: ExplainedModel | None = None


@dataclass(frozen=True)
class Ranked:
    """A difference with its effect at step 0; `shared`: the effect is that of all such differences together."""

    difference: Difference
    effect: Effect
    shared: bool = False
