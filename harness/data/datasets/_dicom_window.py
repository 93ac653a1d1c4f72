"""Which of an image's values are black, and which white: what `data.window` says."""

from __future__ import annotations

import re
from dataclasses import dataclass

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
