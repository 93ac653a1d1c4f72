"""What to do about classes of unequal size."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.analyze.facts import Facts
from harness.training.recipe.defaults import Recommendation

UNEQUAL = 3.0


def balance(facts: Facts) -> Iterator[Recommendation]:
    """Losses weighted by class where the largest is three times the smallest; below that the effect is small."""
    if facts.train.imbalance >= UNEQUAL:
        reason = f"the largest class has {facts.train.imbalance:.1f} times the images of the smallest"
        yield Recommendation("recipe.balance", "loss", reason, "King and Zeng 2001; Cui et al. 2019")
