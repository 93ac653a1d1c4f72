"""What the prediction has to beat: simpler rules, each calibrated on the same development runs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.isotonic import IsotonicRegression

from harness.dev.prediction.fit import inputs

Floats = npt.NDArray[np.float64]

WIDEST = 3.0
"""The natural logarithm at which a ratio of deviations ends: a head of zeros would make it infinite."""


def signals(settings: pd.DataFrame) -> dict[str, tuple[Floats, Floats]]:
    """For each rule its number and the sign that goes with it.

    Rules that know no arms (the learning rate) are given the sign of the difference in width: the wider head loses.
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
