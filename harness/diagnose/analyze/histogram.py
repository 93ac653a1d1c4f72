"""Histograms as bars, for a page that needs no script."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

BINS = 24


@dataclass(frozen=True)
class Bar:
    """From `low` to `high` lie `count` images; `height` is its share of the highest bar, in percent."""

    low: float
    high: float
    count: int
    height: float


def histogram(values: pd.Series) -> list[Bar]:
    """At most 24 bars of equal width; none where all values are the same."""
    if values.nunique() < 2:
        return []
    counts, edges = np.histogram(values, bins=min(BINS, max(2, values.nunique())))
    return [
        Bar(float(low), float(high), int(count), 100 * float(count / counts.max()))
        for low, high, count in zip(edges, edges[1:], counts, strict=False)
    ]
