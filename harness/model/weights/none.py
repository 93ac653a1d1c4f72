"""No pretrained weights: the whole network is drawn anew."""

from __future__ import annotations

from harness.spec.spec import Spec
from harness.weights.parts.pretrained import Pretrained


def none(spec: Spec) -> Pretrained:
    """Nothing to load."""
    return Pretrained(source="none")
