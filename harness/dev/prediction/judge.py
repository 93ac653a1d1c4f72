"""Judges predictions against what training gave, beside the baselines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import spearmanr

from harness.dev.prediction.baselines import CALIBRATIONS, signals
from harness.dev.prediction.fit import fit, predicted

Floats = npt.NDArray[np.float64]


def judgement(development: pd.DataFrame, judged: pd.DataFrame) -> pd.DataFrame:
    """One row for the prediction, one for each baseline and calibration: mean absolute error in points, Spearman's
    correlation, and the share of right signs over all gaps and over those that differ from zero by two errors."""
    gaps = judged["gap"].to_numpy(float)
    rows = [{"method": "prediction", "calibration": "", **_scores(judged["predicted"].to_numpy(float), judged)}]
    known = development["gap"].to_numpy(float)
    before, asked = signals(development), signals(judged)
    for name in before:
        for calibrate in CALIBRATIONS:
            guess = calibrate(before[name], known, asked[name])
            rows.append({"method": name, "calibration": calibrate.__name__, **_scores(guess, judged)})
    rows.append({"method": "no gap at all", "calibration": "", **_scores(np.zeros(len(gaps)), judged)})
    return pd.DataFrame(rows).round(3)


def coverage(judged: pd.DataFrame) -> dict[str, float]:
    """The share of measured gaps in their interval, its mean width, and signs where the interval excludes zero."""
    inside = (judged["low"] <= judged["gap"]) & (judged["gap"] <= judged["high"])
    sure = (judged["low"] > 0) | (judged["high"] < 0)
    right = np.sign(judged["predicted"]) == np.sign(judged["gap"])
    return {
        "settings": float(len(judged)),
        "coverage": float(inside.mean()),
        "mean_width": float((judged["high"] - judged["low"]).mean()),
        "sure": float(sure.sum()),
        "sure_signs_right": float(right[sure].mean()),
    }


def left_out(settings: pd.DataFrame, column: str) -> pd.DataFrame:
    """Every setting predicted by coefficients fitted without its group (architecture or data set)."""
    parts = []
    for group in sorted(settings[column].unique()):
        out = settings[column] == group
        columns = [name for name in ("predicted", "low", "high") if name in settings]
        parts.append(predicted(settings[out].drop(columns=columns), fit(settings[~out].reset_index(drop=True), {})))
    return pd.concat(parts)


def groups(judged: pd.DataFrame, columns: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The prediction's scores within each architecture, data set, optimiser and so on."""
    for column in columns:
        for value, part in judged.groupby(column):
            scores = _scores(part["predicted"].to_numpy(float), part) | {"coverage": coverage(part)["coverage"]}
            yield {"by": column, "value": value, "settings": len(part), **scores}


def _scores(guess: Floats, judged: pd.DataFrame) -> dict[str, float]:
    gaps, errors = judged["gap"].to_numpy(float), judged["error"].to_numpy(float)
    clear = np.abs(gaps) > 2 * errors
    right = np.sign(guess) == np.sign(gaps)
    varied = len(np.unique(guess)) > 1 and len(np.unique(gaps)) > 1
    return {
        "mae": float(np.abs(guess - gaps).mean()),
        "spearman": float(spearmanr(guess, gaps).statistic) if varied else float("nan"),
        "signs_right": float(right.mean()),
        "clear_signs_right": float(right[clear].mean()) if clear.any() else float("nan"),
        "clear": float(clear.sum()),
    }
