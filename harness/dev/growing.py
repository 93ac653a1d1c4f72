"""A table that takes hours to make: what is known is kept beside the committed one until it replaces that."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from harness.dev.publish import as_csv
from harness.records.record import versions_of
from harness.records.store import write_text

LIBRARIES = ("torch", "torchvision", "timm")

Row = Mapping[str, str]


class Growing:
    """`NAME.csv`, with the versions of the libraries in a JSON file beside it, and `NAME.partial.csv` while it is made.

    Rows of other library versions do not count, and stay where they are until there are new ones. Without a name for
    the file of versions all rows count. Several tables may share that file; each looks at the libraries it is about.

    Args:
        folder: of the table.
        name: of the table.
        fields: its columns.
        versions: name of the file of versions.
        others: libraries beside `LIBRARIES` that its rows come from.
    """

    def __init__(
        self, folder: Path, name: str, fields: Sequence[str], versions: str | None, others: Sequence[str] = ()
    ) -> None:
        self.file = folder / f"{name}.csv"
        self._versions = folder / versions if versions else None
        self._fields = fields
        self._partial, self._partial_versions = folder / f"{name}.partial.csv", folder / f"{name}.partial.json"
        self._now = versions_of((*LIBRARIES, *others))

    def earlier(self) -> list[dict[str, str]]:
        """The rows of today's versions: those of a start that was stopped, or else the committed ones."""
        for file, versions in ((self._partial, self._partial_versions), (self.file, self._versions)):
            if file.is_file() and (not self._versions or self._of_today(versions)):
                with file.open(encoding="utf-8", newline="") as stream:
                    return list(csv.DictReader(stream))
        return []

    def keep(self, rows: Iterable[Row]) -> None:
        """Write what is known so far; the versions come last, so that they never stand beside older rows."""
        write_text(self._partial, self._csv(rows))
        if self._versions:
            write_text(self._partial_versions, self._json())

    def publish(self, rows: Iterable[Row]) -> None:
        """Write these rows in place of the committed ones."""
        write_text(self.file, self._csv(rows))
        if self._versions:
            write_text(self._versions, self._json())
        for file in (self._partial, self._partial_versions):
            file.unlink(missing_ok=True)

    def _of_today(self, versions: Path | None) -> bool:
        if versions is None or not versions.is_file():
            return False
        stated = json.loads(versions.read_text("utf-8"))
        return {name: stated.get(name) for name in self._now} == self._now

    def _json(self) -> str:
        return json.dumps(self._now, indent=1) + "\n"

    def _csv(self, rows: Iterable[Row]) -> str:
        return as_csv(self._fields, rows)
