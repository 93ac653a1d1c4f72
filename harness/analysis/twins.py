"""Arms that are the same run, number by number, so that the answer tells each result once."""

from __future__ import annotations

from harness.analysis.findings import Findings


def twin(found: Findings, arm: int, earlier: list[int], backbone: str | None = None) -> int | None:
    """The first of `earlier` whose runs equal those of `arm` in every pair (on one backbone, or on all), or None."""
    pairs = found.equalities
    if backbone is not None:
        pairs = pairs[pairs["backbone"] == backbone]
    for other in earlier:
        here = pairs[pairs[["left", "right"]].isin([arm, other]).all(axis=1)]
        if len(here) and bool((here["equal"] == here["total"]).all()):
            return other
    return None
