"""Rival cause: weights loaded in part, depending on the arguments."""

from __future__ import annotations

from harness.analysis.alternatives.alternative import Alternative, Outcome
from harness.analysis.findings import Findings

CAUSE = "strictness of loading (a backbone that stayed random in part)"
TEST = "after loading, as many backbone tensors hold the file's values as the backbone has"


def strictness(found: Findings) -> Alternative:
    """Looks at every run that asked for pretrained weights."""
    asked = found.runs[found.runs["weights_source"] != "none"].dropna(subset=["weights_expected", "weights_loaded"])
    if asked.empty:
        return Alternative(CAUSE, TEST, "not tested here", "no run recorded the loading of pretrained weights")
    whole = int((asked["weights_loaded"] == asked["weights_expected"]).sum())
    outcome: Outcome = "ruled out" if whole == len(asked) else "not ruled out"
    return Alternative(CAUSE, TEST, outcome, f"all tensors loaded in {whole} of {len(asked)} runs")
