"""The metrics that arms can be compared by: in percent, the more the better, with a level that guessing reaches."""

from __future__ import annotations

import pandas as pd

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
