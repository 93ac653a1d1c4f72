"""The commands that documents and help texts show, as their readers paste them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.cli.usage import commands, usage

TOP = Path(__file__).parent.parent
PAGES = [TOP / "README.md", TOP / "CONTRIBUTING.md", *sorted((TOP / "docs").glob("*.md"))]
STUDIES = sorted((TOP / "experiments").rglob("*.yaml"))

PROGRAMS = ("harness", "make", "python", "pip", "uv", "torchrun", "eval")
BLOCK = re.compile(rf"^(?:#  |   ) ?((?:{'|'.join(PROGRAMS)}) .*)$", re.MULTILINE)
SPAN = re.compile(r"`(harness [^`]+)`")


@dataclass(frozen=True)
class Command:
    """One command and where it stands."""

    place: str
    line: str

    @property
    def words(self) -> list[str]:
        """As a shell splits them, its comment left out."""
        return shlex.split(self.line, comments=True)


def documented() -> Iterator[Command]:
    """Every command of README and documents, of the studies' headers, and of the companions' help."""
    for page in (*PAGES, *STUDIES):
        text = re.sub(r" \\\n\s*", " ", page.read_text(encoding="utf-8"))
        for found in (*BLOCK.findall(text), *SPAN.findall(text)):
            yield Command(str(page.relative_to(TOP)), found)
    for name in commands():
        for example in usage(name).examples:
            yield Command(f"harness {name} --help", example)
