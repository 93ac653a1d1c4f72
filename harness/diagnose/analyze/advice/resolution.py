"""At which size images are best seen."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.analyze.advice.profile import profile
from harness.diagnose.analyze.facts import Facts
from harness.training.recipe.defaults import Recommendation

ENLARGED_BELOW, ENLARGED_TO = 96, 128
LARGEST = {"cifar": 128, "imagenet": 224, "medical": 512}
STEP = 32


def resolution(facts: Facts) -> Iterator[Recommendation]:
    """Small images are enlarged to what pretrained weights still read, large ones kept up to what they hold."""
    side = facts.side
    if side < ENLARGED_BELOW:
        reason = f"stored at {side:g} px; weights pretrained at 224 px read enlarged images better"
        yield Recommendation(
            "data.size", ENLARGED_TO, reason, "Kolesnikov et al. 2020, BiT-HyperRule: below 96 px to 128"
        )
        return
    most = LARGEST[next(profile(facts)).value]
    size = max(ENLARGED_BELOW, min(most, int(side) // STEP * STEP))
    reason = f"the largest multiple of {STEP} within {side:g} px, at most {most}; more holds nothing new"
    yield Recommendation("data.size", size, reason, "five halvings, in all common networks, take multiples of 32")
