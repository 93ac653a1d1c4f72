"""`harness report`: write a study's answer anew from its records alone."""

from __future__ import annotations

from pathlib import Path

from harness.analysis.answer import answer
from harness.cli.arguments import words


def report(arguments: list[str]) -> int:
    """`harness report study=NAME [out=FOLDER] [to=FOLDER]`: tables, figures, Markdown and HTML."""
    given = words("report", arguments, {"study": None, "out": "runs", "to": ""})
    folder = Path(given["out"]) / given["study"]
    found = answer(folder, Path(given["to"]) if given["to"] else None)
    for sentence in found.sentences:
        print(sentence)
    print(f"\nReport: {found.paths['report.html']}")
    return 0
