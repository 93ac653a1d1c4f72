"""The numbers of both parts side by side, as a person reads them."""

from __future__ import annotations

import math
from collections.abc import Callable

from harness.diagnose.analyze.analysis import Analysis
from harness.diagnose.analyze.describe import Description


def _spread(values: dict[str, float]) -> str:
    shown = [f"{value:.4g}" for value in values.values()]
    return shown[0] if len(set(shown)) == 1 else " / ".join(shown)


def _channels(values: tuple[float, ...]) -> str:
    shown = [f"{value:.3f}" for value in values]
    return shown[0] if len(set(shown)) == 1 else " ".join(shown)


_ROWS: dict[str, Callable[[Description], str]] = {
    "images": lambda part: f"{part.images:,}",
    "unreadable": lambda part: f"{len(part.unreadable):,}",
    "groups": lambda part: "" if part.groups is None else f"{part.groups:,}",
    "largest class / smallest": lambda part: f"{part.imbalance:.2f}" if math.isfinite(part.imbalance) else "∞",
    "effective number of classes": lambda part: f"{part.effective_classes:.2f}",
    "width, px (least / median / most)": lambda part: _spread(part.width),
    "height, px": lambda part: _spread(part.height),
    "width / height": lambda part: _spread(part.ratio),
    "modes": lambda part: ", ".join(f"{mode} {count:,}" for mode, count in part.modes.items()),
    "without colour": lambda part: f"{part.grey:,}",
    "channel mean": lambda part: _channels(part.mean),
    "channel deviation": lambda part: _channels(part.std),
}


def rows(found: Analysis) -> list[tuple[str, list[str]]]:
    """Name and one cell for each part; a row that has nothing in any part is left out."""
    table = [(name, [show(part) for part in found.descriptions]) for name, show in _ROWS.items()]
    return [(name, cells) for name, cells in table if any(cells)]
