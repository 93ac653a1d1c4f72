"""Rival cause: freezing, making the optimiser and exchanging the head in the wrong order."""

from __future__ import annotations

from harness.analysis.alternatives.alternative import Alternative, agreement
from harness.analysis.findings import Findings

CAUSE = "the order of freezing, making the optimiser and exchanging the head"
TEST = "an optimiser made before the exchange holds the old head: every learnable tensor must have moved"


def order(found: Findings) -> Alternative:
    """Ruled out where nothing that should learn stood still, or as many tensors did in both arms."""
    still = found.runs.loc[found.runs["status"] == "finished", "unmoved_tensors"].dropna()
    if still.empty:
        return Alternative(CAUSE, TEST, "not tested here", "no run recorded how far its tensors moved")
    moved = int((still == 0).sum())
    evidence = f"every tensor moved in {moved} of {len(still)} runs"
    if moved == len(still):
        return Alternative(CAUSE, TEST, "ruled out", evidence)
    equal, total = agreement(found.pairs, "unmoved_tensors")
    evidence += f"; as many unmoved tensors on both sides in {equal} of {total} pairs"
    return Alternative(CAUSE, TEST, "ruled out" if total and equal == total else "not ruled out", evidence)
