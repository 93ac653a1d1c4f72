"""Rival cause: a new head that the forward pass never uses."""

from __future__ import annotations

from harness.analysis.alternatives.alternative import Alternative
from harness.analysis.findings import Findings

CAUSE = "a new head that the forward pass never uses"
TEST = "the head's gradient norm over the first trained steps is above zero in every run"


def head_unused(found: Findings) -> Alternative:
    """Accuracy alone does not show it: an unused head leaves the old, wider one at work."""
    norms = found.runs["first_grad_head"].dropna()
    if norms.empty:
        return Alternative(CAUSE, TEST, "not tested here", "no run recorded the gradient of its head")
    moved = int((norms > 0).sum())
    evidence = f"above zero in {moved} of {len(norms)} runs"
    return Alternative(CAUSE, TEST, "ruled out" if moved == len(norms) else "shown", evidence)
