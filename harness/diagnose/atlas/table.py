"""The atlas on disk: one table for each release of a library, and the rows of a job that is not done yet beside it."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from harness.diagnose.atlas import CLASSES
from harness.diagnose.atlas.formula import derive
from harness.diagnose.atlas.row import METHOD, Row
from harness.records.store import write_text, written


def write_coverage(path: Path, rows: Sequence[Row], listed: Sequence[str]) -> None:
    """`LIBRARY-VERSION.json` beside the table: versions, counts, and the names that are exceptions. No dates."""
    held = {row["name"] for row in rows}
    content = {
        "library": sorted({row["library"] for row in rows}),
        "version": sorted({row["version"] for row in rows}),
        "torch": sorted({row["torch"] for row in rows}),
        "method": METHOD,
        "classes": list(CLASSES),
        "listed": len(listed),
        "measured": sum(not row["error"] for row in rows),
        "not_built": {row["name"]: row["error"] for row in rows if row["error"]},
        "not_asked_for": len(set(listed) - held),
        "without_head": [row["name"] for row in rows if row["kind"] == "none"],
        "backbone_drawn": [row["name"] for row in rows if row["backbone"] == "drawn"],
    }
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


class AtlasTable:
    """`LIBRARY-VERSION.csv` in a folder, sorted by name, and `LIBRARY-VERSION.partial.jsonl` while it is made.

    Rows are appended as they are measured; a torn last line, left by a process that was killed, is measured again.
    """

    def __init__(self, folder: Path, library: str, version: str) -> None:
        self.path = folder / f"{library}-{version}.csv"
        self._partial = folder / f"{library}-{version}.partial.jsonl"
        folder.mkdir(parents=True, exist_ok=True)

    def rows(self) -> dict[str, Row]:
        """All rows so far, by architecture."""
        found: dict[str, Row] = {}
        if self.path.exists():
            with self.path.open(encoding="utf-8", newline="") as file:
                found = {row["name"]: row for row in csv.DictReader(file)}
        if self._partial.exists():
            for line in self._partial.read_text(encoding="utf-8").splitlines():
                try:
                    row = json.loads(line)
                except json.JSONDecodeError:
                    continue
                found[row["name"]] = row
        return found

    def add(self, row: Row) -> None:
        """Keep one measured row, whatever happens to the process after it."""
        torn = self._partial.exists() and not self._partial.read_bytes().endswith(b"\n")
        with self._partial.open("a", encoding="utf-8") as file:
            file.write(("\n" if torn else "") + json.dumps(dict(row), ensure_ascii=False) + "\n")

    def close(self) -> list[Row]:
        """Write the table with all columns that follow, and drop what it was made from."""
        rows: list[Row] = [derive(row) for _, row in sorted(self.rows().items())]
        write(self.path, rows)
        with contextlib.suppress(ImportError):  # Parquet is a convenience, and its library is not asked for
            content = pd.read_csv(self.path).to_parquet(None, index=False)
            with written(self.path.with_suffix(".parquet")) as stream:
                stream.write(content)
        self._partial.unlink(missing_ok=True)
        return rows


def write(path: Path, rows: Iterable[Row]) -> None:
    """A table in one piece: the old one or the new one is there, never half of one. No rows, no table."""
    rows = list(rows)
    if not rows:
        return
    content = io.StringIO()
    writer = csv.DictWriter(content, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, content.getvalue())


def is_current(row: Row, torch_version: str) -> bool:
    """Whether a row is what a measurement now would give."""
    return row["torch"] == torch_version and row["method"] == METHOD
