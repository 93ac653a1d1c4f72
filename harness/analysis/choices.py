"""What a request may choose of an analysis, and the figures that it is checked by: read without pandas and scipy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

Metric = Literal[
    "top1", "balanced_accuracy", "auroc", "average_precision", "f1_macro", "f1_micro", "f1_macro_half", "f1_micro_half",
    "sensitivity_at_specificity", "shift_top1",
]  # fmt: skip

OF_CLASSES = frozenset({"top1", "balanced_accuracy", "shift_top1"})
"""Metrics of one class an image."""

OF_LABELS = frozenset({"f1_macro", "f1_micro", "f1_macro_half", "f1_micro_half"})
"""Metrics of several labels an image, at thresholds that the validation part chose, or at 0.5."""
USUAL_OF_LABELS: Metric = "average_precision"
"""What a study of several labels an image compares by, unless it says otherwise."""

Correction = Literal["holm", "fdr"]

MIN_PAIRS = 8
"""Below so many pairs an interval is shown, but no verdict is given."""

CONFIDENCE = 0.95


TITLES: dict[str, str] = {
    "top1": "top-1",
    "balanced_accuracy": "balanced accuracy",
    "auroc": "AUROC",
    "average_precision": "mean average precision",
    "f1_macro": "macro F1",
    "f1_micro": "micro F1",
    "f1_macro_half": "macro F1 at 0.5",
    "f1_micro_half": "micro F1 at 0.5",
    "sensitivity_at_specificity": "sensitivity at a fixed specificity",
    "shift_top1": "top-1 under shift",
}


def validated(metric: str) -> str:
    """What is read on the validation part, and decides between rates: shifted images take part in no choice."""
    return metric.removeprefix("shift_")


def chance(metric: str, classes: pd.Series[float]) -> pd.Series[float]:
    """What guessing scores with so many classes, percent; for top-1 of equally large ones.

    Nothing is a guess's F1 for labels that are rarely there, nor its average precision, which is their frequency, nor
    its sensitivity, which is what the specificity leaves.
    """
    if metric in OF_LABELS or metric in ("average_precision", "sensitivity_at_specificity"):
        return 0 * classes
    return 0 * classes + 50 if metric == "auroc" else 100 / classes
