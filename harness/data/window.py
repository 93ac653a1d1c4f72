"""Which values of deep grey are black, and which white: what `data.window` says, and what it follows from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.spec.errors import RequestError

STORED, RANGE = "stored", "range"
_NUMBER = r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?"
_LINEAR = re.compile(rf"^\s*({_NUMBER})\s*,\s*({_NUMBER})\s*$")
_PERCENT = re.compile(rf"^\s*({_NUMBER})%\s*,\s*({_NUMBER})%\s*$")


@dataclass(frozen=True)
class Percentiles:
    """A window from one percentile of the training part's values to another."""

    low: float
    high: float


@dataclass(frozen=True)
class Window:
    """Black at `center` - `width` / 2 and below, white at `center` + `width` / 2 and above, even between them.

    The function LINEAR_EXACT of DICOM PS3.3, C.11.2.1.3, in the unit of the rescaled values (CT: Hounsfield units).
    """

    center: float
    width: float

    def __str__(self) -> str:
        return f"{self.center:g},{self.width:g}"

    @classmethod
    def between(cls, low: float, high: float) -> Window:
        """The window that is black at `low` and white at `high`."""
        return cls((low + high) / 2, high - low)

    @property
    def ends(self) -> tuple[float, float]:
        """The values that are black and white."""
        return self.center - self.width / 2, self.center + self.width / 2

    def shown(self, values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Values from 0, black, to 1, white."""
        shown: npt.NDArray[np.float64] = np.clip((values - self.center) / self.width + 0.5, 0, 1)
        return shown


def parse(asked: str) -> Window | Percentiles | str:
    """`stored`, `range` (from 0 % to 100 %), `CENTER,WIDTH`, or two percentiles such as `1%,99%`.

    Raises:
        RequestError: it is none of these, or leaves nothing between black and white.
    """
    if asked == STORED:
        return STORED
    if asked == RANGE:
        return Percentiles(0, 100)
    if found := _PERCENT.match(asked):
        low, high = map(float, found.groups())
        if not 0 <= low < high <= 100:
            raise RequestError(f"data.window: {asked} are no rising percentiles from 0% to 100%, such as 1%,99%")
        return Percentiles(low, high)
    if found := _LINEAR.match(asked):
        center, width = map(float, found.groups())
        if width <= 0:
            raise RequestError(f"data.window: a width above 0 is needed, got {width:g}")
        return Window(center, width)
    raise RequestError(f"data.window: '{asked}' is none of stored, range, CENTER,WIDTH (such as 40,400), LOW%,HIGH%")


@dataclass(frozen=True, eq=False)
class GreyLevels:
    """How often each value of grey occurs in so many images: rising `values` and their `counts`, both [V]."""

    images: int
    values: npt.NDArray[np.float64]
    counts: npt.NDArray[np.int64]

    @classmethod
    def of(cls, images: Iterable[npt.NDArray[Any] | None]) -> GreyLevels:
        """The values of images, each an array of any shape; those that are None have none."""
        found: dict[float, int] = {}
        number = 0
        for image in images:
            if image is None:
                continue
            number += 1
            for value, count in zip(*np.unique(image, return_counts=True), strict=True):
                found[float(value)] = found.get(float(value), 0) + int(count)
        values = sorted(found)
        return cls(number, np.array(values), np.array([found[value] for value in values], np.int64))

    def percentile(self, percent: float) -> float:
        """The lowest value that so many per cent of the values do not exceed."""
        below = np.cumsum(self.counts)
        return float(self.values[np.searchsorted(below, percent / 100 * below[-1])])

    def window(self, asked: Percentiles) -> Window | None:
        """The window between two percentiles; None where there are no values.

        Raises:
            RequestError: all of the values between them are equal.
        """
        if not len(self.values):
            return None
        low, high = self.percentile(asked.low), self.percentile(asked.high)
        if low == high:
            between = f"{asked.low:g}% and {asked.high:g}%"
            raise RequestError(f"data.window: all values between {between} of the training part are {low:g}")
        return Window.between(low, high)

    def beyond(self, window: Window) -> tuple[float, float]:
        """Which fractions of the values are black and white at the ends of a window, or beyond them."""
        low, high = window.ends
        total = self.counts.sum()
        return float(self.counts[self.values <= low].sum() / total), float(
            self.counts[self.values >= high].sum() / total
        )

    def facts(self, window: Window | None) -> dict[str, Any]:
        """What a window follows from: percentiles of the values, and what it cuts off."""
        if not len(self.values):
            return {}
        block: dict[str, Any] = {
            "images": self.images,
            "percentiles": {f"{percent:g}": self.percentile(percent) for percent in PERCENTS},
        }
        if window is not None:
            below, above = self.beyond(window)
            block |= {"black": window.ends[0], "white": window.ends[1], "at_black": below, "at_white": above}
        return block


def window_note(window: Window) -> str:
    """What a person should know of one scale for all images."""
    low, high = window.ends
    return f"grey is black at {low:g} and white at {high:g} in all parts (data.window)"


PERCENTS: tuple[float, ...] = (0, 1, 5, 50, 95, 99, 100)


def described(facts: Mapping[str, Any]) -> str:
    """The facts in one line."""
    steps = ", ".join(f"{percent} % {value:g}" for percent, value in facts["percentiles"].items())
    line = f"grey of {facts['images']:,} training images by percentile: {steps}"
    if "black" in facts:
        line += (
            f"; black at {facts['black']:g} ({100 * facts['at_black']:.1f} % of the pixels at or below), "
            f"white at {facts['white']:g} ({100 * facts['at_white']:.1f} % at or above)"
        )
    return line
