"""The three verdicts on a difference."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from harness.analysis.choices import MIN_PAIRS
from harness.analysis.statistics.correction import FAMILYWISE
from harness.analysis.statistics.interval import Floats

DIFFERENT = "different"
EQUIVALENT = "equivalent"
UNDECIDED = "undecided"


def verdicts(
    n: Floats, low: Floats, high: Floats, margin: float, corrected: Floats | None = None
) -> npt.NDArray[np.str_]:
    """`different`, `equivalent`, `undecided`, or the empty string below eight pairs.

    `different` where the interval excludes zero, be the difference ever so small, and its p-value stays below 0.05
    when it is `corrected` for the comparisons that it is one of (None or NaN: for none); else `equivalent` where the
    interval lies within ± `margin` points (the interval form of two one-sided tests, Schuirmann 1987, J.
    Pharmacokinet. Biopharm. 15, 657-680, here at 2.5 % a side); else `undecided`.

    Args:
        n: Pairs of each comparison.
        low: Lower bound of its interval, points.
        high: Upper bound.
        margin: Of practical equivalence, points.
        corrected: p-values after the correction of their family.
    """
    survives = np.ones(np.shape(low), dtype=bool) if corrected is None else ~(corrected >= FAMILYWISE)
    return np.select(
        [n < MIN_PAIRS, np.isnan(low), ((low > 0) | (high < 0)) & survives, (low >= -margin) & (high <= margin)],
        ["", "", DIFFERENT, EQUIVALENT],
        UNDECIDED,
    )
