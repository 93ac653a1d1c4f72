"""`model.eval()` forgotten."""

from __future__ import annotations

from dataclasses import replace

from harness.spec.spec import Spec
from harness.training.evaluation import Handling


def train_mode(spec: Spec, proper: Handling) -> Handling:
    """BatchNorm normalises by the batch at hand, `evaluation.batch_size` images, and dropout is at work."""
    return replace(proper, train_mode=True)
