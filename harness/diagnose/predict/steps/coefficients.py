"""The few numbers of the prediction after first steps, frozen before it was judged."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("coefficients.json")
VERDICT = Path(__file__).with_name("verdict.json")


@dataclass(frozen=True)
class StepsCoefficients:
    """The fitted numbers; docs/predict.md derives them.

    The gap is `slope` × the rehearsed gap + `distortion` × the difference in distortion. Half the width of the interval
    in points is `quantile` × (`spread_base` + `spread_slope` × the size of the rehearsed gap). `coverage` is the
    fraction of gaps that the interval should hold; `fitted` holds the number of settings behind it and the range of
    each key, the settings that judge it included.
    """

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

    def half_width(self, rehearsed: float) -> float:
        """Half the width of the interval in points."""
        return self.quantile * (self.spread_base + self.spread_slope * abs(rehearsed))


@cache
def steps_coefficients() -> StepsCoefficients:
    """The coefficients in use, from the file beside this module."""
    return StepsCoefficients(**json.loads(FILE.read_text(encoding="utf-8")))


@cache
def steps_verdict() -> dict[str, float] | None:
    """How the coefficients were judged, from the file beside this module; None before they are."""
    return json.loads(VERDICT.read_text(encoding="utf-8")) if VERDICT.is_file() else None
