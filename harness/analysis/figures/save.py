"""All figures of a study, drawn and written."""

from __future__ import annotations

import io
from collections.abc import Collection
from pathlib import Path

from harness.analysis.figures.bridge import bridge
from harness.analysis.figures.curves import curves
from harness.analysis.figures.forest import forest
from harness.analysis.figures.head_weights import head_weights
from harness.analysis.figures.initial_loss import initial_loss
from harness.analysis.figures.learning_rates import learning_rates
from harness.analysis.figures.response_map import response_map
from harness.analysis.figures.style import style
from harness.analysis.findings import Findings
from harness.records.store import written

FIGURES = (bridge, response_map, forest, learning_rates, curves, initial_loss, head_weights)
"""In the order of the report; the first that there is stands on the first screen."""

MAX_SVG = 300_000  # bytes; larger drawings become PNG
_DPI = 150


def save_figures(found: Findings, folder: Path, only: Collection[str] | None = None) -> dict[str, Path]:
    """Draw what the findings have data for, all or those named, as SVG, or as PNG where that would be large.

    The same findings give the same bytes: no dates and no random ids are written. Two sweeps may end the same study at
    once: a figure that is there is replaced, and goes only where there is none any more.
    """
    drawn: dict[str, Path] = {}
    folder.mkdir(parents=True, exist_ok=True)
    with style():
        for draw in FIGURES:
            name = draw.__name__
            if only is not None and name not in only:
                continue
            figure = draw(found)
            if figure is None:
                _remove(folder, name, ("svg", "png"))
                continue
            drawing = io.BytesIO()
            figure.savefig(drawing, format="svg", metadata={"Date": None})
            kind, other = "svg", "png"
            if drawing.tell() > MAX_SVG:
                figure.set_layout_engine("none")  # what has been laid out once stays where it is
                drawing = io.BytesIO()
                figure.savefig(drawing, format="png", dpi=_DPI, metadata={"Software": None})
                kind, other = other, kind
            drawn[name] = folder / f"{name}.{kind}"
            with written(drawn[name]) as stream:
                stream.write(drawing.getvalue())
            _remove(folder, name, (other,))
    return drawn


def _remove(folder: Path, name: str, kinds: Collection[str]) -> None:
    for kind in kinds:
        (folder / f"{name}.{kind}").unlink(missing_ok=True)
