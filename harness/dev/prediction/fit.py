"""Fits the coefficients on development runs."""

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

from harness.diagnose.predict.coefficients import FILE, Coefficients
from harness.records.store import write_text

COVERAGE = 0.9
SPEED = 0.25
"""Of 0, 0.15, 0.25, 0.35, 0.5 and 1, the one with the smallest error on the development runs."""

Floats = npt.NDArray[np.float64]


def inputs(settings: pd.DataFrame) -> pd.DataFrame:
    """What the coefficients multiply, from the ingredients of both methods."""
    return pd.DataFrame(
        {
            "rehearsed": settings["second_top1"] - settings["first_top1"],
            "distortion": settings["first_distortion"] - settings["second_distortion"],
            "head_alone": settings["second_head_top1"] - settings["first_head_top1"],
        }
    )


def fit(settings: pd.DataFrame, fitted: dict[str, Any]) -> Coefficients:
    """Non-negative least squares without an intercept, so that equal creations have no gap.

    The interval is split-conformal (Vovk et al. 2005; scaled residuals as in Lei et al. 2018), its residuals those of
    whole architectures and whole data sets left out: that is what it has to hold for.
    """
    x, gaps = inputs(settings), settings["gap"].to_numpy(float)
    difficulty = np.column_stack([np.ones(len(x)), x[["rehearsed", "head_alone"]].abs().max(axis=1)])
    slope, distortion = _gap_weights(x, gaps)
    residuals = np.abs(np.stack([gaps - held for held in _left_out(settings, x, gaps)]))
    base, growth = nnls(difficulty, residuals.mean(axis=0))[0]
    scaled = np.sort((residuals / (difficulty @ [base, growth])).ravel())
    rank = min(len(scaled), math.ceil(COVERAGE * (len(scaled) + 1)))
    return Coefficients(
        speed=SPEED,
        slope=round(slope, 4),
        distortion=round(distortion, 4),
        spread_base=round(float(base), 4),
        spread_slope=round(float(growth), 4),
        quantile=round(float(scaled[rank - 1]), 4),
        coverage=COVERAGE,
        fitted=fitted,
    )


def _gap_weights(x: pd.DataFrame, gaps: Floats) -> tuple[float, float]:
    weights = nnls(x[["rehearsed", "distortion"]].to_numpy(float), gaps)[0]
    return float(weights[0]), float(weights[1])


def _left_out(settings: pd.DataFrame, x: pd.DataFrame, gaps: Floats) -> Iterator[Floats]:
    """Each setting predicted without its architecture, then without its data set."""
    for column in ("backbone", "data"):
        held = np.empty(len(gaps))
        for group in settings[column].unique():
            out = (settings[column] == group).to_numpy()
            weights = _gap_weights(x[~out], gaps[~out])
            held[out] = x.loc[out, ["rehearsed", "distortion"]].to_numpy(float) @ weights
        yield held


def save(known: Coefficients, file: Path = FILE) -> None:
    """Write coefficients as JSON; by default in place of those in use."""
    write_text(file, json.dumps(asdict(known), indent=1) + "\n")


def predicted(settings: pd.DataFrame, known: Coefficients) -> pd.DataFrame:
    """The settings with `predicted`, `low` and `high`, in points."""
    rows = inputs(settings)
    rehearsed, distortion, alone = (rows[name].tolist() for name in ("rehearsed", "distortion", "head_alone"))
    gap = [known.gap(one, other) for one, other in zip(rehearsed, distortion, strict=True)]
    half = [known.half_width(one, other) for one, other in zip(rehearsed, alone, strict=True)]
    table = settings.assign(predicted=gap, half=half)
    intervals = {"low": table["predicted"] - table["half"], "high": table["predicted"] + table["half"]}
    return table.assign(**intervals).drop(columns="half").round({"predicted": 3, "low": 3, "high": 3})
