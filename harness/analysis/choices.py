"""What a request may choose of an analysis, and the figures that it is checked by: read without pandas and scipy."""

from __future__ import annotations

from typing import Literal

import pandas as pd

Metric = Literal["top1", "balanced_accuracy", "auroc", "shift_top1"]
Correction = Literal["holm", "fdr"]

MIN_PAIRS = 8
"""Below so many pairs an interval is shown, but no verdict is given."""

CONFIDENCE = 0.95


TITLES: dict[str, str] = {
    "top1": "top-1",
    "balanced_accuracy": "balanced accuracy",
    "auroc": "AUROC",
    "shift_top1": "top-1 under shift",
}


def validated(metric: str) -> str:
    """What is read on the validation part, and decides between rates: shifted images take part in no choice."""
    return metric.removeprefix("shift_")


def chance(metric: str, classes: pd.Series[float]) -> pd.Series[float]:
    """What guessing scores with so many classes, percent; for top-1 of equally large ones."""
    return 0 * classes + 50 if metric == "auroc" else 100 / classes
