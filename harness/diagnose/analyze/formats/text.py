"""For a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.analyze.advise import override
from harness.diagnose.analyze.analysis import Analysis
from harness.diagnose.analyze.notes import notes
from harness.diagnose.analyze.table import rows

MOST_CLASSES = 30


def text(found: Analysis) -> str:
    """Tables of plain words."""
    return "\n".join(_lines(found))


def _lines(found: Analysis) -> Iterator[str]:
    names = [part.name for part in found.descriptions]
    yield f"{found.label}: {len(found.classes)} classes"
    yield ""
    yield from _columns([["", *names], *([name, *values] for name, values in rows(found))])
    yield ""
    counts = [[name, *(f"{part.per_class[at]:,}" for part in found.descriptions)] for at, name in _classes(found)]
    yield from _columns([["images of class", *names], *counts])
    if len(found.classes) > MOST_CLASSES:
        yield f"... and {len(found.classes) - MOST_CLASSES} classes more"
    yield ""
    yield from notes(found)
    yield ""
    yield "What follows from the training part:"
    for choice in found.choices:
        yield f"  {override(choice)}"
        yield f"      {choice.reason} ({choice.source})"
    yield ""
    yield found.command


def _classes(found: Analysis) -> list[tuple[int, str]]:
    return list(enumerate(found.classes))[:MOST_CLASSES]


def _columns(table: list[list[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    for row in table:
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield "  ".join([row[0].ljust(widths[0]), *cells]).rstrip()
