"""Calibration over the training."""

from __future__ import annotations

from typing import Any

from harness.data.measure import Scores
from harness.data.metrics import calibration_error
from harness.training.monitors import Monitor, Watched


class _Calibration(Monitor):
    def point(self, scores: Scores) -> dict[str, Any]:
        return {
            "calibration_error": calibration_error(scores),
            "confidence": 100 * float(scores.probability.max(1).mean()),
        }


def calibration(watched: Watched) -> Monitor:
    """Of the validation part, at every evaluation point.

    | key | meaning |
    | --- | --- |
    | `calibration_error` | expected calibration error in points (Guo et al. 2017) |
    | `confidence` | mean probability of the predicted class, in percent |
    """
    return _Calibration()
