"""The backbone's norms are at their initial values: no pretrained weights are in it."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit import _fixes as fixes
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError

ALL = 0.9  # of the norms: a pretrained network may have a few fresh ones in a new head


@declares(
    "error",
    "warning",
    measures="norms at exactly their initial values",
    threshold="90 % of them; e under `weights=True` or with weights given, w where nothing was said; "
    "`weights=False` says that it is meant",
)
def untrained_backbone(case: Case) -> Iterator[Finding]:
    """Running statistics of exactly 0 and 1, or weights of exactly 1 and biases of 0: training leaves none so."""
    if case.weights is False:
        raise NotCheckedError("weights=False: the network is to be trained from scratch")
    fresh, total = case.norms
    if not total:
        raise NotCheckedError("the model has no norms to tell by")
    if fresh >= ALL * total:
        yield Finding(
            id="untrained-backbone",
            severity="warning" if case.weights is None else "error",
            seen=f"{fresh} of {total} norm layers are at their initial values.",
            why="The backbone was never trained: pretrained weights were not asked for, or not loaded. Where it is to "
            "be trained from scratch, say check(..., weights=False).",
            fix=fixes.remade(case) or "load pretrained weights before the head is made",
        )
