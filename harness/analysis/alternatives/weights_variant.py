"""Rival cause: another variant of the pretrained weights."""

from __future__ import annotations

from harness.analysis.alternatives.alternative import Alternative, by_agreement
from harness.analysis.findings import Findings


def weights_variant(found: Findings) -> Alternative:
    """Compares file, tag and the loaded backbone itself on both sides of each pair."""
    return by_agreement(
        "another variant (tag) of the weights",
        "fingerprint and tag of the weights, and the hash of the backbone's tensors before training, are equal "
        "on both sides of every pair",
        found.pairs,
        {"weights_variant": "fingerprint and tag", "backbone_hash": "backbone hash"},
    )
