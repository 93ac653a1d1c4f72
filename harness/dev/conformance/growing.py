"""A table that takes hours to make: what is known is kept beside the committed one, and replaces it when it holds."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from harness.records.provenance import surroundings
from harness.records.store import write_text

LIBRARIES = ("torch", "torchvision", "timm")

Row = Mapping[str, str]


class Growing:
    """`NAME.csv`, with the libraries' versions in a JSON file beside it, and `NAME.partial.csv` while it is made.

    Rows that other versions of the libraries gave count for nothing, and stay where they are until there are new ones.
    """

    def __init__(self, folder: Path, name: str, fields: Sequence[str], versions: str) -> None:
        self.file = folder / f"{name}.csv"
        self._versions, self._fields = folder / versions, fields
        self._partial, self._partial_versions = folder / f"{name}.partial.csv", folder / f"{name}.partial.json"
        self._now = {name: version for name, version in surroundings()["versions"].items() if name in LIBRARIES}

    def earlier(self) -> list[dict[str, str]]:
        """The rows that there are of today's versions: those of a start that was stopped, or else the committed."""
        for file, versions in ((self._partial, self._partial_versions), (self.file, self._versions)):
            if file.is_file() and versions.is_file() and json.loads(versions.read_text("utf-8")) == self._now:
                with file.open(encoding="utf-8", newline="") as stream:
                    return list(csv.DictReader(stream))
        return []

    def keep(self, rows: Iterable[Row]) -> None:
        """Keep what is known so far; the versions come last, so that they never stand beside older rows."""
        write_text(self._partial, self._csv(rows))
        write_text(self._partial_versions, self._json())

    def publish(self, rows: Iterable[Row]) -> None:
        """Put these rows in the place of the committed ones."""
        write_text(self.file, self._csv(rows))
        write_text(self._versions, self._json())
        for file in (self._partial, self._partial_versions):
            file.unlink(missing_ok=True)

    def _json(self) -> str:
        return json.dumps(self._now, indent=1) + "\n"

    def _csv(self, rows: Iterable[Row]) -> str:
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, self._fields, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue()
