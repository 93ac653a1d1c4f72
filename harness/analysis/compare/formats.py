"""How comparisons are written: each public function is one format, from a comparison to text."""

from __future__ import annotations

import json as library
from dataclasses import asdict

from harness.analysis.compare.comparison import Compared, Section, shown
from harness.records.store import rounded


def text(found: Compared) -> str:
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


def markdown(found: Compared) -> str:
    """A heading for each section, its sentences, and its table."""
    lines = [f"# {found.a} and {found.b}", *(f"\n> {warning}" for warning in found.warnings)]
    for section in found.sections:
        lines += ["", f"## {section.title}", *(f"\n{sentence}" for sentence in section.told), *_pipes(section)]
    return "\n".join(lines)


def _pipes(section: Section) -> list[str]:
    if not section.rows:
        return []
    rows = [section.columns, ("---",) * len(section.columns), *section.rows]
    return ["", *("| " + " | ".join(shown(value).replace("|", "\\|") for value in row) + " |" for row in rows)]


def json(found: Compared) -> str:
    """One object; what is not finite is null."""
    return library.dumps(rounded(asdict(found)), indent=1)
