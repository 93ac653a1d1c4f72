"""The metrics that arms can be compared by: in percent, the more the better, with a level that guessing reaches."""

from __future__ import annotations

from typing import Literal

import pandas as pd

Metric = Literal["top1", "balanced_accuracy", "auroc"]

TITLES: dict[str, str] = {"top1": "top-1", "balanced_accuracy": "balanced accuracy", "auroc": "AUROC"}


def chance(metric: str, classes: pd.Series[float]) -> pd.Series[float]:
    """What guessing scores with so many classes, percent; for top-1 of equally large ones."""
    return 0 * classes + 50 if metric == "auroc" else 100 / classes
