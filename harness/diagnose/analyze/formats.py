"""How an analysis of a data set is written: each public function is one format."""

from __future__ import annotations

import json as encoder
import math
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.diagnose.analyze.advise import override
from harness.diagnose.analyze.analysis import Analysis
from harness.diagnose.analyze.describe import Description
from harness.diagnose.analyze.notes import notes
from harness.diagnose.analyze.pictures import MOST_CLASSES, contact_sheet, grey_histogram, histogram, side_by_side


def _spread(values: dict[str, float]) -> str:
    shown = [f"{value:.4g}" for value in values.values()]
    return shown[0] if len(set(shown)) == 1 else " / ".join(shown)


def _channels(values: tuple[float, ...]) -> str:
    shown = [f"{value:.3f}" for value in values]
    return shown[0] if len(set(shown)) == 1 else " ".join(shown)


def _ratio(part: Description) -> str:
    return f"{part.imbalance:.2f}" if math.isfinite(part.imbalance) else "∞"


def _noun(found: Analysis) -> str:
    return "classes" if found.descriptions[0].labels is None else "labels"


def _images_of(part: Description, at: int) -> str:
    """How many images are of a class; with a label, and what part of all they are."""
    count = part.per_class[at]
    return f"{count:,}" if part.labels is None else f"{count:,} ({100 * count / part.images:.1f} %)"


_ROWS: dict[str, Callable[[Description], str]] = {
    "images": lambda part: f"{part.images:,}",
    "unreadable": lambda part: f"{len(part.unreadable):,}",
    "groups": lambda part: "" if part.groups is None else f"{part.groups:,}",
    "most frequent label / rarest": lambda part: "" if part.labels is None else _ratio(part),
    "largest class / smallest": lambda part: _ratio(part) if part.labels is None else "",
    "effective number of classes": lambda part: "" if part.labels else f"{part.effective_classes:.2f}",
    "width, px (least / median / most)": lambda part: _spread(part.width),
    "height, px": lambda part: _spread(part.height),
    "width / height": lambda part: _spread(part.ratio),
    "modes": lambda part: ", ".join(f"{mode} {count:,}" for mode, count in part.modes.items()),
    "without colour": lambda part: f"{part.grey:,}",
    "channel mean": lambda part: _channels(part.mean),
    "channel deviation": lambda part: _channels(part.std),
}


def _rows(found: Analysis) -> list[tuple[str, list[str]]]:
    """Name and one cell for each part; a row that has nothing in any part is left out."""
    table = [(name, [show(part) for part in found.descriptions]) for name, show in _ROWS.items()]
    return [(name, cells) for name, cells in table if any(cells)]


MOST_LISTED = 30


def text(found: Analysis) -> str:
    """Tables of plain words."""
    return "\n".join(_lines(found))


def _lines(found: Analysis) -> Iterator[str]:
    names = [part.name for part in found.descriptions]
    noun = _noun(found)
    yield f"{found.label}: {len(found.classes)} {noun}"
    yield ""
    yield from _columns([["", *names], *([name, *values] for name, values in _rows(found))])
    yield ""
    counts = [[name, *(_images_of(part, at) for part in found.descriptions)] for at, name in _classes(found)]
    yield from _columns([["images of class" if noun == "classes" else "images with label", *names], *counts])
    if len(found.classes) > MOST_LISTED:
        yield f"... and {len(found.classes) - MOST_LISTED} {noun} more"
    yield ""
    yield from _grey(found)
    yield from notes(found)
    yield ""
    yield "What follows from the training part:"
    for choice in found.choices:
        yield f"  {override(choice)}"
        yield f"      {choice.reason} ({choice.source})"
    yield ""
    yield found.command


LONGEST = 30


def _grey(found: Analysis) -> Iterator[str]:
    """The histogram of deep grey: each bar as long as its share of the highest."""
    bars = grey_histogram(found.grey)
    if not bars:
        return
    total = sum(bar.count for bar in bars)
    rows = [["grey value, training part", "per cent", ""]]
    rows += [
        [
            f"{bar.low:,.0f} to {bar.high:,.0f}",
            f"{100 * bar.count / total:.1f}",
            ("#" * round(LONGEST * bar.height / 100)).ljust(LONGEST),
        ]
        for bar in bars
    ]
    yield from _columns(rows)
    yield ""


def _classes(found: Analysis) -> list[tuple[int, str]]:
    return list(enumerate(found.classes))[:MOST_LISTED]


def _columns(table: list[list[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    for row in table:
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield "  ".join([row[0].ljust(widths[0]), *cells]).rstrip()


def json(found: Analysis) -> str:
    """Everything but the pictures; what is infinite is null."""
    content = {
        "label": found.label,
        "classes": list(found.classes),
        "parts": {part.name: asdict(part) for part in found.descriptions},
        "duplicates": {
            kind: [{**asdict(pair), "across": pair.across, "conflict": pair.conflict} for pair in pairs]
            for kind, pairs in (("exact", found.duplicates.exact), ("near", found.duplicates.near))
        },
        "compared": found.duplicates.compared,
        "shared_groups": found.shared_groups,
        "intensity": found.intensity,
        "grey": {
            **found.grey.facts(found.window),
            "histogram": [{"low": bar.low, "high": bar.high, "count": bar.count} for bar in grey_histogram(found.grey)],
        },
        "notes": notes(found),
        "choices": [asdict(choice) for choice in found.choices],
        "command": found.command,
    }
    return encoder.dumps(_finite(content), indent=1)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _said(found: Analysis, label: int | tuple[int, ...]) -> str:
    """A class by its name; of several labels those that are there."""
    if not isinstance(label, tuple):
        return found.classes[label]
    return ", ".join(name for name, there in zip(found.classes, label, strict=True) if there) or "no label"


def html(found: Analysis) -> str:
    """Numbers, warnings, choices, a contact sheet and what is there twice."""
    environment = Environment(
        loader=PackageLoader("harness.diagnose.analyze"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
    )
    train = found.parts[0].images
    figures = {
        "Shorter side, pixels": histogram(train[["width", "height"]].min(axis=1)),
        "Width / height": histogram(train["width"] / train["height"]),
        "Mean brightness": histogram(train[["red_mean", "green_mean", "blue_mean"]].mean(axis=1)),
        "Grey value of the pixels": grey_histogram(found.grey),
    }
    return environment.get_template("page.html.j2").render(
        found=found,
        noun=_noun(found),
        said=lambda label: _said(found, label),
        rows=_rows(found),
        notes=notes(found),
        choices=[(override(choice), choice) for choice in found.choices],
        most=max(max(part.per_class) for part in found.descriptions),
        figures={name: bars for name, bars in figures.items() if bars},
        sheet=contact_sheet(found),
        left_out=max(0, len(found.classes) - MOST_CLASSES),
        repeated={
            "The same pixels": list(side_by_side(found, found.duplicates.exact)),
            "Nearly the same pixels": list(side_by_side(found, found.duplicates.near)),
        },
    )
