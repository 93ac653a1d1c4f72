"""Markdown, for a review or an issue."""

from __future__ import annotations

from harness.analysis.compare.comparison import Comparison, Section
from harness.analysis.compare.values import shown


def markdown(found: Comparison) -> str:
    """A heading for each section, its sentences, and its table."""
    lines = [f"# {found.a} and {found.b}", *(f"\n> {warning}" for warning in found.warnings)]
    for section in found.sections:
        lines += ["", f"## {section.title}", *(f"\n{sentence}" for sentence in section.told), *_table(section)]
    return "\n".join(lines)


def _table(section: Section) -> list[str]:
    if not section.rows:
        return []
    rows = [section.columns, ("---",) * len(section.columns), *section.rows]
    return ["", *("| " + " | ".join(shown(value).replace("|", "\\|") for value in row) + " |" for row in rows)]
