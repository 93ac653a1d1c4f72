"""The few numbers that were fitted, frozen before the prediction was judged."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("coefficients.json")
VERDICT = Path(__file__).with_name("verdict.json")


@dataclass(frozen=True)
class Coefficients:
    """The fitted numbers; docs/predict.md derives them.

    `speed` is that of the features along their tangents. The gap is `slope` × the rehearsed gap + `distortion` × the
    distortion of the first creation's features beyond that of the second's. Half the width of the interval in points
    is `quantile` × (`spread_base` + `spread_slope` × the larger of the gaps rehearsed with moving and with fixed
    features). `coverage` is the fraction of gaps that the interval should hold; `fitted` holds the number of settings
    behind it and the range of each key.
    """

    speed: float
    slope: float
    distortion: float
    spread_base: float
    spread_slope: float
    quantile: float
    coverage: float
    fitted: dict[str, Any]

    def gap(self, rehearsed: float, distortion: float) -> float:
        """The predicted gap in points of top-1, from the rehearsed gap in points and the difference in distortion."""
        return max(-100.0, min(100.0, self.slope * rehearsed + self.distortion * distortion))

    def half_width(self, rehearsed: float, head_alone: float) -> float:
        """Half the width of the interval in points, from the gaps rehearsed with moving and with fixed features."""
        return self.quantile * (self.spread_base + self.spread_slope * max(abs(rehearsed), abs(head_alone)))


@cache
def coefficients() -> Coefficients:
    """The coefficients in use, from the file beside this module."""
    return Coefficients(**json.loads(FILE.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Goodness:
    """How good the coefficients are: the number of settings, how these were kept from the fit, the coverage of the
    interval and Spearman's correlation of predicted with measured gaps."""

    settings: int
    seen: str
    coverage: float
    spearman: float


@cache
def verdict() -> Goodness:
    """The judgement of the coefficients in use, from the file beside this module."""
    return Goodness(**json.loads(VERDICT.read_text(encoding="utf-8")))
