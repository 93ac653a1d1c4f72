"""Evaluation as it should be."""

from __future__ import annotations

from harness.spec.spec import Spec
from harness.training.evaluation import Handling


def proper(spec: Spec, proper: Handling) -> Handling:
    """Eval mode, no gradients, and the preprocessing that belongs to the weights."""
    return proper
