"""The few numbers that were fitted, frozen before the prediction was judged."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("coefficients.json")
VERDICT = Path(__file__).with_name("verdict.json")


@dataclass(frozen=True)
class Coefficients:
    """What each does stands in docs/predict.md.

    `speed` of the features along their tangents; the gap is `slope` × the rehearsed gap + `distortion` × what the
    first creation's features are distorted more than the second's. The interval's half-width in points is `quantile`
    × (`spread_base` + `spread_slope` × the larger of the gaps rehearsed with moving and with fixed features).
    `coverage` is the share of gaps it should hold; `fitted` says on what, and the range of each setting.
    """

    speed: float
    slope: float
    distortion: float
    spread_base: float
    spread_slope: float
    quantile: float
    coverage: float
    fitted: dict[str, Any]

    def save(self, file: Path = FILE) -> None:
        """Write them as JSON."""
        file.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    def gap(self, rehearsed: float, distortion: float) -> float:
        """The predicted gap in points of top-1."""
        return max(-100.0, min(100.0, self.slope * rehearsed + self.distortion * distortion))

    def half_width(self, rehearsed: float, head_alone: float) -> float:
        """Half the interval's width in points."""
        return self.quantile * (self.spread_base + self.spread_slope * max(abs(rehearsed), abs(head_alone)))


@cache
def coefficients() -> Coefficients:
    """The committed ones."""
    return Coefficients(**json.loads(FILE.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Goodness:
    """How good the coefficients are: number of settings, how these were kept from the fit, coverage of the interval,
    Spearman's correlation."""

    settings: int
    seen: str
    coverage: float
    spearman: float


@cache
def verdict() -> Goodness:
    """The committed one."""
    return Goodness(**json.loads(VERDICT.read_text(encoding="utf-8")))
