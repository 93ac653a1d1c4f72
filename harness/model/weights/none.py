"""No pretrained weights: the whole network is initialised at random."""

from __future__ import annotations

from harness.model.pretrained import Pretrained
from harness.spec.spec import Spec


def none(spec: Spec) -> Pretrained:
    """Nothing to load."""
    return Pretrained(source="none")
