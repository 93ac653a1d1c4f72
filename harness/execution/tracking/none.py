"""No tracking: records alone."""

from __future__ import annotations

from harness.tracking.parts.check import require
from harness.tracking.parts.nothing import Nothing
from harness.tracking.parts.settings import Settings
from harness.tracking.parts.tracker import Tracker


def none(settings: Settings) -> Tracker:
    """A tracker that does nothing.

    Raises:
        RequestError: a server is named, which would have no effect.
    """
    require(settings)
    return Nothing()
