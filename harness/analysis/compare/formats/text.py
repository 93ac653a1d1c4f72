"""Plain text, for a terminal."""

from __future__ import annotations

from harness.analysis.compare.comparison import Comparison, Section
from harness.analysis.compare.values import shown


def text(found: Comparison) -> str:
    """A heading for each section, its sentences, and its table in columns."""
    lines = [f"a: {found.a}", f"b: {found.b}", *(f"warning: {warning}" for warning in found.warnings)]
    for section in found.sections:
        lines += ["", section.title, *(f"  {sentence}" for sentence in section.told), *_table(section)]
    return "\n".join(lines)


def _table(section: Section) -> list[str]:
    if not section.rows:
        return []
    table = [section.columns, *(tuple(shown(value) for value in row) for row in section.rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  " + "  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)).rstrip() for row in table
    ]
