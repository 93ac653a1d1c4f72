"""What a request may choose of an analysis, and the figures that it is checked by: read without pandas and scipy."""

from __future__ import annotations

from typing import Literal

Metric = Literal["top1", "balanced_accuracy", "auroc", "shift_top1"]
Correction = Literal["holm", "fdr"]

MIN_PAIRS = 8
"""Below so many pairs an interval is shown, but no verdict is given."""

CONFIDENCE = 0.95
