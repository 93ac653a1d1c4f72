"""Rival cause: a head that was trained before, read from the weights in one arm alone."""

from __future__ import annotations

from dataclasses import replace

from harness.analysis.alternatives.alternative import Alternative, by_agreement
from harness.analysis.findings import Findings
from harness.analysis.heads import heads


def head_origin(found: Findings) -> Alternative | None:
    """Compares where the heads' first values came from; None where the records are older than that fact."""
    rival = by_agreement(
        "a head trained before, read from the weights by one method and drawn anew by another",
        "every tensor of the head is looked for in the weights before training; it was read from them, or drawn, on "
        "both sides of every pair",
        found.pairs,
        {"head_origin": "origin of the head"},
    )
    if rival.outcome == "not tested here":
        return None
    read = heads(found)
    if read is None:
        return rival
    told = f"{rival.evidence}; read from {read.source} by {', '.join(read.loaded)}"
    return replace(rival, evidence=told + (f", drawn anew by {', '.join(read.fresh)}" if read.fresh else ""))
