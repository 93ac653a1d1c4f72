"""What comes before every difference: whether the arms start with heads of the same origin."""

from __future__ import annotations

import json
from collections.abc import Iterator

from harness.analysis.findings import Findings
from harness.analysis.heads import heads
from harness.analysis.sentences.wording import listed

ANEW = "init=torch_default (or zeros, ...) has every method start with a fresh one"


def start(found: Findings) -> Iterator[str]:
    """Which arms start with a head that the weights hold, and what that makes of the comparison; what was done to the
    keys of the weights."""
    yield from _heads(found)
    told = found.runs.dropna(subset=["weights_changes"]).drop_duplicates(["weights_label", "weights_changes"])
    for label, changes in zip(told["weights_label"], told["weights_changes"], strict=True):
        what = "; ".join(json.loads(changes))
        yield f"The keys of {label} were changed before they were loaded, for all methods alike: {what}."


def _heads(found: Findings) -> Iterator[str]:
    read = heads(found)
    if read is None:
        return
    fresh = [arm for arm in read.fresh if arm not in read.loaded]
    if fresh:
        yield (
            f"The methods do not start alike: {listed(read.loaded)} {_verb(read.loaded)} with the head that the "
            f"weights hold, trained already ({read.source}), {listed(fresh)} with a fresh one. What differs between "
            f"them below is a trained head against a fresh one, not the way of creating the model; {ANEW}."
        )
    else:
        some = " where the file's head has as many outputs as the data have classes" if read.fresh else ""
        yield f"All methods start with the head that the weights hold, trained already ({read.source}){some}; {ANEW}."


def _verb(arms: list[str]) -> str:
    return "start" if len(arms) > 1 else "starts"
