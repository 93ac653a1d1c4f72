"""The ratio of two paired means, with its interval."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from harness.analysis.statistics import CONFIDENCE
from harness.analysis.statistics.student import t_quantile

Floats = npt.NDArray[np.float64]


def share(part: Floats, whole: Floats) -> tuple[float, float, float]:
    """Mean of `part` over mean of `whole`, and the bounds of its 95 % interval, all as fractions.

    Fieller's interval (Fieller 1954, J. R. Statist. Soc. B 16, 175-185), since numerator and denominator are both
    means over the same few seeds: it takes their covariance into account, is exact for normal values, and tells where
    a share means nothing. That is where the interval of `whole` holds zero: all three are NaN there, as they are below
    two seeds.
    """
    n = len(part)
    if n < 2:
        return math.nan, math.nan, math.nan
    a, b = float(np.mean(part)), float(np.mean(whole))
    (v11, v12), (_, v22) = np.cov(part, whole) / n
    t = float(t_quantile((1 + CONFIDENCE) / 2, n - 1))
    denominator = b * b - t * t * v22
    if denominator <= 0:
        return math.nan, math.nan, math.nan
    middle = a * b - t * t * v12
    spread = math.sqrt(max(0.0, middle * middle - (a * a - t * t * v11) * denominator))
    return a / b, (middle - spread) / denominator, (middle + spread) / denominator
