"""Judges predictions against what training gave, beside simpler rules calibrated on the same development runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import spearmanr
from sklearn.isotonic import IsotonicRegression

from harness.dev.prediction.fit import fit, inputs, predicted

Floats = npt.NDArray[np.float64]

WIDEST = 3.0
"""The natural logarithm at which a ratio of deviations ends: a head of zeros would make it infinite."""


def signals(settings: pd.DataFrame) -> dict[str, tuple[Floats, Floats]]:
    """For each of the simpler rules its number and the sign that goes with it.

    Rules that know nothing of the methods (the learning rate) are given the sign of the difference between the heads'
    standard deviations: the wider head loses.
    """
    first, second = (settings[f"{side}_head_std"].to_numpy(float) for side in ("first", "second"))
    wider = np.sign(first - second)
    rates = settings["lr"].to_numpy(float)
    with np.errstate(divide="ignore"):
        ratio = np.clip(np.log(first) - np.log(second), -WIDEST, WIDEST)
    loss = (settings["first_initial_loss"] - settings["second_initial_loss"]).to_numpy(float)
    reach = rates * settings["steps"].to_numpy(float) / np.maximum(np.abs(first - second), np.finfo(float).tiny)
    head = inputs(settings)["head_alone"].to_numpy(float)
    even = np.ones(len(settings))
    return {
        "learning rate": (np.log(rates), wider),
        "ratio of standard deviations": (ratio, even),
        "loss at step 0": (loss, even),
        "lr x steps against the head's scale": (np.log(reach), wider),
        "head rehearsed alone": (head, even),
    }


def linear(known: tuple[Floats, Floats], gaps: Floats, asked: tuple[Floats, Floats]) -> Floats:
    """Least squares of the gap, seen in the direction of the sign, on the number, with an intercept."""
    slope, intercept = np.polyfit(known[0], known[1] * gaps, 1)
    return np.asarray(asked[1] * (slope * asked[0] + intercept))


def monotone(known: tuple[Floats, Floats], gaps: Floats, asked: tuple[Floats, Floats]) -> Floats:
    """Isotonic regression of the same, rising or falling, whichever fits."""
    model = IsotonicRegression(increasing="auto", out_of_bounds="clip").fit(known[0], known[1] * gaps)
    return np.asarray(asked[1] * model.predict(asked[0]))


CALIBRATIONS = (linear, monotone)


def judgement(development: pd.DataFrame, judged: pd.DataFrame) -> pd.DataFrame:
    """One row for the prediction, one for each simpler rule and calibration.

    Columns: the mean absolute error in points, Spearman's correlation, and the fraction of right signs over all gaps
    and over the clear ones, which differ from zero by more than two standard errors.
    """
    gaps = judged["gap"].to_numpy(float)
    rows = [{"method": "prediction", "calibration": "", **scores(judged["predicted"].to_numpy(float), judged)}]
    known = development["gap"].to_numpy(float)
    before, asked = signals(development), signals(judged)
    for name in before:
        for calibrate in CALIBRATIONS:
            guess = calibrate(before[name], known, asked[name])
            rows.append({"method": name, "calibration": calibrate.__name__, **scores(guess, judged)})
    rows.append({"method": "no gap at all", "calibration": "", **scores(np.zeros(len(gaps)), judged)})
    return pd.DataFrame(rows).round(3)


def coverage(judged: pd.DataFrame) -> dict[str, float]:
    """The fraction of measured gaps in their interval, its mean width, and signs where the interval excludes zero."""
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
    """The prediction's scores within each architecture, data set, optimizer and so on."""
    for column in columns:
        for value, part in judged.groupby(column):
            found = scores(part["predicted"].to_numpy(float), part) | {"coverage": coverage(part)["coverage"]}
            yield {"by": column, "value": value, "settings": len(part), **found}


def scores(guess: Floats, judged: pd.DataFrame) -> dict[str, float]:
    """Of guesses of the gaps of some settings: see `judgement`."""
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
