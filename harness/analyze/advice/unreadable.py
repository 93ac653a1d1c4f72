"""Images that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from harness.analyze.facts import Choice, Facts


def unreadable(facts: Facts) -> Iterator[Choice]:
    """Leave them out, which a run does only where it is told to."""
    count = len(facts.train.unreadable)
    if count and facts.spec.data.unreadable == "error":
        reason = f"{count:,} training images cannot be read; better to repair them, as who is missing may matter"
        yield Choice("data.unreadable", "skip", reason, "this analysis")
