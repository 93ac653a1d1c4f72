"""Rival cause: evaluation left in train mode."""

from __future__ import annotations

from harness.analysis.alternatives.alternative import Alternative, by_agreement
from harness.analysis.findings import Findings


def train_mode(found: Findings) -> Alternative:
    """Evaluation is in eval mode by construction; what is compared is BatchNorm's mode in training."""
    return by_agreement(
        "train mode in evaluation",
        "every evaluation puts the model into eval mode first; BatchNorm's mode in training is equal on both "
        "sides of every pair",
        found.pairs,
        {"batchnorm": "BatchNorm's mode"},
    )
