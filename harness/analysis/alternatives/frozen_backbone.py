"""Rival cause: a backbone that one method leaves frozen, or half frozen."""

from __future__ import annotations

from dataclasses import replace

from harness.analysis.alternatives.alternative import Alternative, by_agreement
from harness.analysis.findings import Findings


def frozen_backbone(found: Findings) -> Alternative:
    """Compares what could learn on both sides of each pair; full fine-tuning must give a backbone gradient."""
    rival = by_agreement(
        "a backbone frozen, or half frozen, in one arm",
        "as many learnable tensors and parameters on both sides of every pair; under full fine-tuning the "
        "backbone has a gradient",
        found.pairs,
        {"learnable_tensors": "learnable tensors", "trainable_parameters": "trainable parameters"},
    )
    norms = found.runs.loc[found.runs["transfer"] == "full", "first_grad_backbone"].dropna()
    if norms.empty or rival.outcome == "not tested here":
        return rival
    alive = int((norms > 0).sum())
    evidence = f"{rival.evidence}; backbone gradient above zero in {alive} of {len(norms)} fully tuned runs"
    return replace(rival, evidence=evidence, outcome=rival.outcome if alive == len(norms) else "not ruled out")
