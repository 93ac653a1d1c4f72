"""Pictures of a data set: examples of its classes, and histograms."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from harness.data.resize import to_rgb
from harness.data.window import GreyLevels
from harness.diagnose.analyze.analysis import Analysis
from harness.diagnose.analyze.duplicates import Pair
from harness.diagnose.analyze.read import StoredPart

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


MOST_GREY = 16


def grey_histogram(levels: GreyLevels) -> list[Bar]:
    """At most 16 bars of equal width over the values of deep grey; none where all values are the same."""
    if len(levels.values) < 2:
        return []
    counts, edges = np.histogram(levels.values, min(MOST_GREY, len(levels.values)), weights=levels.counts)
    return [
        Bar(float(low), float(high), int(count), 100 * float(count / counts.max()))
        for low, high, count in zip(edges, edges[1:], counts, strict=False)
    ]


SIDE = 112
PER_CLASS = 6
MOST_CLASSES = 40
MOST_PAIRS = 12


@dataclass(frozen=True)
class Picture:
    """An image as `<img>` takes it, and its name."""

    data: str
    name: str


def thumbnail(part: StoredPart, position: int) -> Picture:
    """A JPEG within 112 × 112 pixels."""
    with part.samples.open(position) as stored:
        image = to_rgb(stored, part.samples.depth)
    image.thumbnail((SIDE, SIDE))
    written = io.BytesIO()
    image.save(written, "JPEG", quality=80)
    encoded = base64.b64encode(written.getvalue()).decode()
    return Picture(f"data:image/jpeg;base64,{encoded}", part.samples.names[position])


def contact_sheet(found: Analysis) -> list[tuple[str, list[Picture]]]:
    """Up to six training images of each class, evenly taken in their order; the first forty classes."""
    train = found.parts[0]
    sheet = []
    for label, name in enumerate(found.classes[:MOST_CLASSES]):
        positions = train.positions_of(label)
        evenly = np.unique(np.linspace(0, max(0, len(positions) - 1), min(PER_CLASS, len(positions))).astype(int))
        sheet.append((name, [thumbnail(train, int(position)) for position in positions[evenly]]))
    return sheet


def side_by_side(found: Analysis, pairs: tuple[Pair, ...]) -> Iterator[tuple[Picture, Picture, Pair]]:
    """The first pairs, the gravest ahead: across both parts, then those with different labels."""
    parts = {part.name: part for part in found.parts}
    ranked = sorted(pairs, key=lambda pair: (not pair.across, not pair.conflict))
    for pair in ranked[:MOST_PAIRS]:
        first, second = (thumbnail(parts[part], position) for part, position, _ in (pair.first, pair.second))
        yield first, second, pair
