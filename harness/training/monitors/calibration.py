"""Calibration over the training."""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.data.label_metrics import calibration_error as label_calibration_error
from harness.data.measure import LabelScores, Scores
from harness.data.metrics import calibration_error
from harness.training.monitors import Monitor, Watched


class _Calibration(Monitor):
    def point(self, scores: Scores | LabelScores) -> dict[str, Any]:
        sure = scores.probability
        if isinstance(scores, LabelScores):
            return {
                "calibration_error": label_calibration_error(scores),
                "confidence": 100 * float(np.maximum(sure, 1 - sure).mean()),
            }
        return {"calibration_error": calibration_error(scores), "confidence": 100 * float(sure.max(1).mean())}


def calibration(watched: Watched) -> Monitor:
    """Of the validation part, at every evaluation point.

    | key | meaning |
    | --- | --- |
    | `calibration_error` | expected calibration error in points (Guo et al. 2017) |
    | `confidence` | mean probability of the predicted class, in percent |

    Of several labels an image both are of each decision whether a label is there.
    """
    return _Calibration()
