"""The table of ways for a terminal, as a CSV, and as a page to search and sort."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from harness.diagnose.atlas.page import TEMPLATES
from harness.diagnose.atlas.surprises import surprises
from harness.diagnose.atlas.table import write
from harness.diagnose.atlas.ways import WAYS
from harness.records.store import write_text

Row = dict[str, str]

SHOWN = {
    "architecture": ("architecture", "timm's name"),
    "family": ("family", ""),
    "way": ("way", "see the list above"),
    "version": ("version", "of the library"),
    "name": ("name there", "the library's own name"),
    "head": ("layer", "name of the layer or layers that give the logits"),
    "features": ("features", "inputs of that layer, at the size that the library makes by itself"),
    "draw": ("draw", "distribution of the head's weights"),
    "bias": ("bias", "distribution of its bias, with 1000 classes"),
    "draw_by_linear": ("width / Linear", "standard deviation over that of a plain nn.Linear, 10 classes"),
    "mode": ("mode", "in which the model is handed over"),
    "mean": ("mean", "of the library's own normalisation"),
    "std": ("std", "of the library's own normalisation"),
    "side": ("side", "of the image that its preprocessing gives, in pixels"),
    "geometry": ("part", "of an image: its centre square or the whole squashed, and what is kept of the side"),
    "pixels_from_timm": ("pixels from timm's", "mean absolute difference of a photograph's normalised values"),
    "note": ("note", ""),
}
"""Columns of the page, with what heads them and what they mean."""

IN_TERMINAL = (
    "architecture",
    "way",
    "head",
    "draw",
    "bias",
    "draw_by_linear",
    "mode",
    "mean",
    "std",
    "side",
    "geometry",
)


def table(rows: Sequence[Row]) -> str:
    """One line for each architecture and way."""
    lines = [[SHOWN[column][0] for column in IN_TERMINAL]]
    lines += [[row[column] for column in IN_TERMINAL] for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def publish(folder: Path, rows: Sequence[Row]) -> Path:
    """Write `ways.csv` and `ways.html`; returns the latter."""
    write(folder / "ways.csv", rows)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
    )
    there = {row["way"] for row in rows}
    data = {"all ways": [[row[column] for column in SHOWN] for row in rows]}
    for way in WAYS:
        if way.name in there:
            data[way.name] = [[row[column] for column in SHOWN] for row in rows if row["way"] == way.name]
    page = folder / "ways.html"
    write_text(
        page,
        environment.get_template("ways.html.j2").render(
            columns=list(SHOWN.values()),
            keys=list(SHOWN),
            choices=list(data),
            ways=[way for way in WAYS if way.name in there],
            surprises=surprises(rows),
            architectures=len({row["architecture"] for row in rows}),
            # "</" would end the script element
            data=json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/"),
        ),
    )
    return page
