"""All metrics of one set of answers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from torch import Tensor

from harness.data.scores import Scores
from harness.spec.variants import load_variant, variants

PACKAGE = "harness.data.metrics"


def scores_of(logits: Tensor, labels: Tensor, positive: int = -1) -> Scores:
    """Scores from tensors on any device."""
    return Scores(labels.cpu().numpy().astype(np.int64), logits.float().cpu().numpy(), positive)


def measure(scores: Scores, prefix: str = "") -> dict[str, Any]:
    """Every metric by its name, None where it cannot be told; numbers alone where a prefix is given."""
    found = {name: load_variant(PACKAGE, name)(scores) for name in variants(PACKAGE)}
    return {f"{prefix}{name}": _told(value) for name, value in found.items() if not prefix or isinstance(value, float)}


def _told(value: Any) -> Any:
    """NaN is unequal to itself, which records must not be."""
    if isinstance(value, np.ndarray):
        return _told(value.tolist())
    if isinstance(value, list):
        return [_told(entry) for entry in value]
    return None if isinstance(value, float) and math.isnan(value) else value
