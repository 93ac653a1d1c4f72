"""Fits the coefficients of the prediction after first steps."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import nnls

from harness.diagnose.predict.steps.coefficients import FILE, StepsCoefficients
from harness.records.store import write_text

COVERAGE = 0.9

Floats = npt.NDArray[np.float64]


def inputs_after_steps(settings: pd.DataFrame) -> pd.DataFrame:
    """What the coefficients multiply: the rehearsed gap in points and the difference in distortion."""
    first, second = (
        settings[f"{side}_moved"] * settings[f"{side}_logit_std"] / (1 + settings[f"{side}_logit_std"])
        for side in ("first", "second")
    )
    return pd.DataFrame({"rehearsed": settings["second_top1"] - settings["first_top1"], "distortion": first - second})


def fit_after_steps(settings: pd.DataFrame, fitted: dict[str, Any]) -> StepsCoefficients:
    """Non-negative least squares without an intercept, and a split-conformal interval.

    As for the prediction without training (harness/dev/prediction/fit.py), the residuals behind the interval are those
    of whole architectures and whole data sets left out.
    """
    x, gaps = inputs_after_steps(settings).to_numpy(float), settings["gap"].to_numpy(float)
    slope, distortion = nnls(x, gaps)[0]
    difficulty = np.column_stack([np.ones(len(x)), np.abs(x[:, 0])])
    residuals = np.abs(np.stack([gaps - held for held in _held_out(settings, x, gaps)]))
    base, growth = nnls(difficulty, residuals.mean(axis=0))[0]
    scaled = np.sort((residuals / (difficulty @ [base, growth])).ravel())
    rank = min(len(scaled), math.ceil(COVERAGE * (len(scaled) + 1)))
    return StepsCoefficients(
        slope=round(float(slope), 4),
        distortion=round(float(distortion), 4),
        spread_base=round(float(base), 4),
        spread_slope=round(float(growth), 4),
        quantile=round(float(scaled[rank - 1]), 4),
        coverage=COVERAGE,
        fitted=fitted,
    )


def _held_out(settings: pd.DataFrame, x: Floats, gaps: Floats) -> Iterator[Floats]:
    """Each setting predicted without its architecture, then without its data set."""
    for column in ("backbone", "data"):
        held = np.empty(len(gaps))
        for group in settings[column].unique():
            out = (settings[column] == group).to_numpy()
            held[out] = x[out] @ nnls(x[~out], gaps[~out])[0]
        yield held


def predicted_after_steps(settings: pd.DataFrame, known: StepsCoefficients) -> pd.DataFrame:
    """The settings with `predicted`, `low` and `high`, in points."""
    rows = inputs_after_steps(settings)
    rehearsed = rows["rehearsed"].tolist()
    gap = [known.gap(one, other) for one, other in zip(rehearsed, rows["distortion"].tolist(), strict=True)]
    half = [known.half_width(one) for one in rehearsed]
    table = settings.assign(predicted=gap)
    ends = {"low": table["predicted"] - half, "high": table["predicted"] + half}
    return table.assign(**ends).round({"predicted": 3, "low": 3, "high": 3})


def left_out_after_steps(settings: pd.DataFrame, column: str) -> pd.DataFrame:
    """Every setting predicted by coefficients fitted without its group (architecture or data set)."""
    parts = []
    for group in sorted(settings[column].unique()):
        out = settings[column] == group
        parts.append(predicted_after_steps(settings[out], fit_after_steps(settings[~out].reset_index(drop=True), {})))
    return pd.concat(parts)


def save_after_steps(known: StepsCoefficients, file: Path = FILE) -> None:
    """Write coefficients as JSON; by default in place of those in use."""
    write_text(file, json.dumps(asdict(known), indent=1) + "\n")
