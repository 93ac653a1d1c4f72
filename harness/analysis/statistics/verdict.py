"""The three verdicts on a difference."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from harness.analysis.choices import MIN_PAIRS
from harness.analysis.statistics.interval import Floats

DIFFERENT = "different"
EQUIVALENT = "equivalent"
UNDECIDED = "undecided"


def verdicts(n: Floats, low: Floats, high: Floats, margin: float) -> npt.NDArray[np.str_]:
    """`different`, `equivalent`, `undecided`, or the empty string below eight pairs.

    `different` where the interval excludes zero, be the difference ever so small; else `equivalent` where the
    interval lies within ± `margin` points (the interval form of two one-sided tests, Schuirmann 1987, J.
    Pharmacokinet. Biopharm. 15, 657-680, here at 2.5 % a side); else `undecided`.
    """
    return np.select(
        [n < MIN_PAIRS, np.isnan(low), (low > 0) | (high < 0), (low >= -margin) & (high <= margin)],
        ["", "", DIFFERENT, EQUIVALENT],
        UNDECIDED,
    )
