"""Evaluation as it should be."""

from __future__ import annotations

from harness.evaluation import Handling
from harness.spec.spec import Spec


def proper(spec: Spec, proper: Handling) -> Handling:
    """Eval mode, no gradients, and the preprocessing that belongs to the weights."""
    return proper
