"""Which studies there are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from harness.records.store import STUDY


@dataclass(frozen=True)
class Listed:
    """A study by its folder below `out`, what it is called, and how many configurations it compares."""

    name: str
    title: str
    configurations: int


def studies(out: Path) -> list[Listed]:
    """Every study directly below a folder, by name; a file that is no study's is passed over."""
    found = []
    for file in sorted(out.glob(f"*/{STUDY}")):
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            found.append(Listed(file.parent.name, str(content.get("title") or ""), len(content.get("cells") or ())))
        except (OSError, ValueError, AttributeError, TypeError):
            continue
    return found
