"""By which metric arms are compared."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.analyze.facts import Facts
from harness.training.recipe.defaults import Recommendation

UNEQUAL = 1.5


def metric(facts: Facts) -> Iterator[Recommendation]:
    """Balanced accuracy where classes are unequal, else what the profile chooses."""
    if facts.train.imbalance >= UNEQUAL:
        largest = 100 * max(facts.train.per_class) / facts.train.images
        reason = f"always answering the largest class is right in {largest:.0f} %; AUROC is recorded as well"
        yield Recommendation("metrics", "balanced_accuracy", reason, "Brodersen et al. 2010")
