"""What to do about images that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.analyze.facts import Facts
from harness.training.recipe.defaults import Recommendation


def unreadable(facts: Facts) -> Iterator[Recommendation]:
    """They are left out, which a run has to be told: nothing is dropped in silence."""
    if facts.train.unreadable:
        reason = f"unreadable training images: {len(facts.train.unreadable):,}; better, repair them"
        yield Recommendation("data.unreadable", "skip", reason, "a run refuses them otherwise")
